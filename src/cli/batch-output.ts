import type { Plan } from '../application/batch/plan.js';
import type { PlannedPackage } from '../application/batch/deciding.js';
import type { EnqueuedRun } from '../application/enqueue.js';
import { changeText, reasonText, type Skipped } from '../domain/batch-decision.js';
import type { Member } from '../domain/archive/snapshot.js';
import { dateTime, duration } from './output.js';

/** What `debci batch` prints. */

/** One package as scripts read it. */
export function packageJson({ package: name, version, backend, decision, lastRun, rejected }: PlannedPackage): object {
  return {
    package: name,
    version,
    backend,
    run: decision.run,
    why: decision.why,
    reason: decision.run ? reasonText(decision) : null,
    changes: decision.run ? decision.changes : [],
    lastRun,
    rejectedBecause: rejected?.reason ?? null,
  };
}

/** @param runs what was asked for; null: nothing was. */
export function planJson(plan: Plan, runs: readonly EnqueuedRun[] | null): object {
  const { wanted, held, skipped, gone, unknown, outside } = plan;
  return {
    [runs === null ? 'wouldRequest' : 'wanted']: wanted.map(packageJson),
    ...(runs !== null && { runs }),
    held,
    skipped: skippedCounts(skipped),
    ...{ gone, unknown, outside },
  };
}

function skippedCounts(skipped: readonly PlannedPackage[]): Record<Skipped, number> {
  const counts = { pending: 0, rejected: 0, unchanged: 0 };
  for (const { decision } of skipped) if (!decision.run) counts[decision.why]++;
  return counts;
}

/** One line about all that was looked at. */
export function summary(plan: Plan, asked: string): string {
  const { pending, rejected, unchanged } = skippedCounts(plan.skipped);
  const parts: readonly (readonly [number, string])[] = [
    [unchanged, 'unchanged'],
    [pending, 'pending'],
    [rejected, 'on the reject list'],
    [plan.held, 'left for the next batch (--limit)'],
    [plan.gone.length, 'with results, but gone from the archive'],
    [plan.unknown.length, 'not in the archive'],
    [plan.outside.length, 'not in the seed list, or without tests'],
  ];
  const told = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return [asked, ...told].join('; ');
}

const SAYING: Readonly<Record<Skipped, string>> = {
  pending: 'would not be run: a run of it is pending',
  rejected: 'would not be run: it is on the reject list',
  unchanged: 'would not be run: nothing of its chain has changed since the last run, which is not a month old',
};

/** Why a package would be run, or not. @param chain what its test depends on, itself included */
export function explanation(planned: PlannedPackage, chain: readonly Member[]): string[] {
  const { package: name, version, decision, lastRun, rejected } = planned;
  const verdict = decision.run ? `would be run: ${reasonText(decision)}` : SAYING[decision.why];
  const changes = decision.run ? decision.changes : [];
  return [
    `${name} ${version} ${verdict}${rejected?.reason == null ? '' : ` (${rejected.reason})`}`,
    lastRun === null ? 'last run: none' : `last run: ${runText(lastRun)}`,
    `packages in its chain: ${chain.length - 1}`,
    ...changes.map((change) => `  ${changeText(change)}`),
  ];
}

function runText({ runId, status, endedAt, durationSeconds }: NonNullable<PlannedPackage['lastRun']>): string {
  const took = durationSeconds === null ? '' : `, ${duration(durationSeconds)}`;
  return `${runId}, ${status}, ${dateTime(endedAt)}${took}`;
}
