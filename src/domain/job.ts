/** Packages that a test takes from another suite than its own. */
export interface Pin {
  readonly suite: string;
  /** Binary packages, or source packages as `src:<package>`. */
  readonly packages: readonly string[];
}

/** An apt source that a test gets beside its suite's own. */
export interface ExtraAptSource {
  /** One or more one-line apt entries (`deb http://… suite component`). */
  readonly entry: string;
  /** The key that signs it: a public key, armoured or binary as base64; null where apt knows it already. */
  readonly signingKey: string | null;
}

/** Why batch asked for a run: a package of the dependency chain that changed. Null: was not there, or is gone. */
export interface ChangedPackage {
  readonly package: string;
  readonly from: string | null;
  readonly to: string | null;
}

/** Who asked, by which way. `retry` names the run that it repeats. */
export type Origin = { readonly kind: 'cli' | 'api' | 'batch' } | { readonly kind: 'retry'; readonly of: number };

/** What is to be tested, where and why. Fixed when the job is enqueued. */
export interface Job {
  readonly runId: number;
  readonly package: string;
  readonly suite: string;
  readonly arch: string;
  readonly backend: string;
  /** autopkgtest's variant of the test bed, null for the usual one. */
  readonly variant: string | null;
  /** Free text: why the test was requested (`glibc/2.42-1`). */
  readonly trigger: string | null;
  readonly pins: readonly Pin[];
  readonly extraAptSources: readonly ExtraAptSource[];
  /** 0 (last) to 10 (first); 5 is usual. */
  readonly priority: number;
  readonly requestor: string | null;
  /** Seen by its requestor only, until published. */
  readonly private: boolean;
  readonly origin: Origin;
  readonly reasons: readonly ChangedPackage[];
}

/** Debian's middle priority, used where nobody says another. */
export const DEFAULT_PRIORITY = 5;

/** The folder that Debian sorts a package into: `lib` and a letter for `lib…`, else the first letter. */
export function packagePrefix(name: string): string {
  return name.startsWith('lib') && name.length > 3 ? name.slice(0, 4) : name.slice(0, 1);
}

/** Where a run's files lie below the data folder, Debian's layout. The values must have passed their rules. */
export function runFolder(job: Pick<Job, 'suite' | 'arch' | 'package' | 'runId'>): string {
  return `autopkgtest/${job.suite}/${job.arch}/${packagePrefix(job.package)}/${job.package}/${job.runId}`;
}

const PIN_FORM = /^([^=\s]+)=([^=\s]+)$/;

/** Reads Debian's `SUITE=PKG[,src:PKG]…`; null where it has not that form. The parts still have to pass their rules. */
export function parsePin(text: string): Pin | null {
  const match = PIN_FORM.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) return null;
  return { suite: match[1], packages: match[2].split(',') };
}

/** The form that `parsePin` reads. */
export function formatPin(pin: Pin): string {
  return `${pin.suite}=${pin.packages.join(',')}`;
}
