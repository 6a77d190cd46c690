import { DebciError } from '../errors.js';
import type { ExtraAptSource, Pin } from '../job.js';

/** The suite and architecture that a testbed is built for. */
export interface TestbedTarget {
  readonly suite: string;
  readonly arch: string;
}

/** What a worker needs to know of a job to run it: the parts of a Job that travel in a dispatch message. */
export interface TestRequest extends TestbedTarget {
  readonly runId: number;
  readonly package: string;
  readonly backend: string;
  readonly variant: string | null;
  readonly trigger: string | null;
  readonly pins: readonly Pin[];
  readonly extraAptSources: readonly ExtraAptSource[];
}

export interface RunOptions {
  /** An empty folder; autopkgtest's output goes there (`log`, `summary`, `artifacts/` …). */
  readonly outputDir: string;
  readonly timeoutMs: number;
  /** Aborted: the whole process group is killed, and `run` resolves. */
  readonly signal: AbortSignal;
}

/** How a run ended. */
export interface TestExit {
  /** autopkgtest's; null where it was killed. */
  readonly exitCode: number | null;
  readonly ended: 'by itself' | 'timed out' | 'stopped';
  readonly startedAt: Date;
  readonly finishedAt: Date;
}

export interface SetupOptions {
  /** Build even if the present testbed is fresh. */
  readonly force: boolean;
  readonly signal: AbortSignal;
  /** Each line that the builder prints. */
  readonly onLine: (line: string) => void;
}

/** What there is of a testbed. */
export interface TestbedState {
  /** Why `run` could not begin, in words: programs that are missing, or that it is not built. Null: it can. */
  readonly problem: string | null;
  /** Null: it cannot be used, was not built by debci, or needs no building. */
  readonly builtAt: Date | null;
  /** Built so lately that `setup` leaves it as it is. */
  readonly fresh: boolean;
}

/** One kind of place to run tests in: one of autopkgtest's virt servers. */
export interface Testbed {
  readonly backend: string;

  /** True where `run` can begin: nothing to build, or built. */
  ready(target: TestbedTarget): Promise<boolean>;

  /** Looks, and changes nothing. */
  state(target: TestbedTarget): Promise<TestbedState>;

  /**
   * Builds or refreshes the testbed; a failed build leaves the old one in place. Two at once: the second waits.
   * Gives `fresh` where nothing was done.
   * @throws TestbedSetupError
   */
  setup(target: TestbedTarget, options: SetupOptions): Promise<'built' | 'fresh' | 'not needed'>;

  /**
   * Runs the package's tests.
   * @throws TestbedMissingError where the testbed has not been built.
   * @throws MissingProgramError where autopkgtest is not installed.
   */
  run(request: TestRequest, options: RunOptions): Promise<TestExit>;
}

/** The testbed could not be built. The message holds the builder's last lines. */
export class TestbedSetupError extends DebciError {
  readonly code = 'E_TESTBED_SETUP';
}

export class TestbedMissingError extends DebciError {
  readonly code = 'E_TESTBED_MISSING';
}

/** A program that is needed is not installed. The message names the Debian package that brings it. */
export class MissingProgramError extends DebciError {
  readonly code = 'E_MISSING_PROGRAM';
}
