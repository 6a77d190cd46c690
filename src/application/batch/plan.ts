import { ArchiveSnapshot } from '../../domain/archive/snapshot.js';
import type { ArchiveTarget, SourcePackage } from '../../domain/ports/archive.js';
import { packageName } from '../../domain/rules.js';
import type { BatchObserver, BatchParts, BatchScope } from './batch-parts.js';
import { Deciding, type PlannedPackage } from './deciding.js';

export interface Plan {
  /** What is to be run, in the order in which it is asked for; no more than the limit. */
  readonly wanted: readonly PlannedPackage[];
  /** How many more would be run but for the limit. */
  readonly held: number;
  readonly skipped: readonly PlannedPackage[];
  /** Packages with results here that the archive has no more, by name. */
  readonly gone: readonly string[];
  /** Of those, the ones that are not marked yet; and those that are, and that the archive has again. */
  readonly marks: { readonly removed: readonly string[]; readonly returned: readonly string[] };
  /** Of the packages that batch was to look at, those that the archive has not. */
  readonly unknown: readonly string[];
  /** Those that batch was to look at only, and that are not of the seed list, or have no tests where there is none. */
  readonly outside: readonly string[];
}

/** So many decisions are made between two signs of progress. */
const PROGRESS_EVERY = 500;

/**
 * Looks at an archive, as of its last refresh, and decides what to run. Asks nobody for anything.
 * @throws ArchiveUnavailableError
 */
export async function makePlan(parts: BatchParts, scope: BatchScope, observer: BatchObserver): Promise<Plan> {
  const seeds = await parts.seedList.packages();
  observer.step('read');
  const { arch, recommends } = scope;
  const snapshot = await ArchiveSnapshot.from(parts.archive.packages(targetOf(scope)), { arch, recommends });
  const deciding = new Deciding(parts, scope, snapshot);
  const sources = sourcesToDecide(snapshot, seeds, scope.only);
  const planned = sources.map((source, index) => {
    if (index % PROGRESS_EVERY === 0) observer.step('decide', index, sources.length);
    return deciding.decide(source);
  });
  const wanted = planned.filter(({ decision }) => decision.run).sort(fastestFirst);
  const decided = new Set(planned.map((one) => one.package));
  const limit = Math.min(scope.limit ?? wanted.length, wanted.length);
  const isMissing = (name: string): boolean => snapshot.source(name) === undefined;
  const gone = [...deciding.tested()].filter(isMissing).sort();
  return {
    wanted: wanted.slice(0, limit),
    held: wanted.length - limit,
    skipped: planned.filter(({ decision }) => !decision.run),
    gone,
    marks: {
      removed: gone.filter((name) => !deciding.removed.has(name)),
      returned: [...deciding.removed].filter((name) => !isMissing(name)).sort(),
    },
    unknown: [...(scope.only ?? seeds ?? [])].filter(isMissing).sort(),
    outside: [...(scope.only ?? [])].filter((name) => !isMissing(name) && !decided.has(name)).sort(),
  };
}

/** What batch asks the archive for. */
export function targetOf({ suite, arch, extraAptSources }: BatchScope): ArchiveTarget {
  return { suite, arch, extraAptSources };
}

function sourcesToDecide(
  snapshot: ArchiveSnapshot,
  seeds: ReadonlySet<string> | null,
  only: ReadonlySet<string> | null,
): SourcePackage[] {
  const all = seeds === null ? [...snapshot.tested()] : [...seeds].flatMap((name) => snapshot.source(name) ?? []);
  return all.filter(({ name }) => packageName.accepts(name) && (only === null || only.has(name)));
}

/** Debian's order: new packages before all, then by the duration of the last run. */
function fastestFirst(a: PlannedPackage, b: PlannedPackage): number {
  return durationOf(a) - durationOf(b) || (a.package < b.package ? -1 : 1);
}

function durationOf({ lastRun }: PlannedPackage): number {
  return lastRun === null ? -1 : (lastRun.durationSeconds ?? 0);
}
