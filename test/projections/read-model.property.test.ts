import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RecordedEvent } from '../../src/domain/ports/event-store.js';
import type { Outcome } from '../../src/domain/events.js';
import type { Job } from '../../src/domain/job.js';
import { openReadModel } from '../../src/projections/read-model.js';
import { dump, project, readModelPath } from '../support/read-models.js';
import { runHistories } from '../support/run-histories.js';

const runs = { numRuns: 40 };

interface Known {
  job: Job;
  hidden: boolean;
  outcome?: Outcome;
}

/** All runs that a log tells of, each as it is at the end. */
function allRuns(events: readonly RecordedEvent[]): Known[] {
  const all = new Map<number, Known>();
  for (const { type, data } of events) {
    const id = (data as { runId: number }).runId;
    const run = all.get(id);
    if (type === 'TestEnqueued') all.set(id, { job: data as Job, hidden: (data as Job).private });
    else if (type === 'TestPublished' && run) run.hidden = false;
    else if (type === 'TestFinished' && run) run.outcome = data as Outcome;
  }
  return [...all.values()];
}

/** The results that count for each package, oldest first, got the slow and obvious way: no increments, no indices. */
function obviously(events: readonly RecordedEvent[]): Map<string, (Outcome & { runId: number })[]> {
  const series = new Map<string, (Outcome & { runId: number })[]>();
  for (const { job, outcome } of allRuns(events).filter((run) => !run.hidden)) {
    const key = `${job.package} ${job.suite} ${job.arch}`;
    const runsOfKey = series.get(key) ?? [];
    if (outcome && job.pins.length === 0) runsOfKey.push({ ...outcome, runId: job.runId });
    series.set(key, runsOfKey);
  }
  for (const list of series.values()) {
    list.sort((a, b) => a.finishedAt.localeCompare(b.finishedAt) || a.runId - b.runId);
  }
  return series;
}

/** The first bad result after the last good one; null: there is no bad one, or never was a good one. */
function brokenSince(series: readonly Outcome[]): string | null {
  const good = series.findLastIndex(({ status }) => status === 'pass' || status === 'neutral');
  return good < 0 ? null : (series[good + 1]?.finishedAt ?? null);
}

describe('the read model of any log', () => {
  it('is the same whatever the batches in which it was applied', () => {
    fc.assert(
      fc.property(runHistories, fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 60 }), (events, batches) => {
        const [whole, split] = [readModelPath(), readModelPath()];
        project(whole, events);
        project(split, events, batches);
        expect(dump(split)).toEqual(dump(whole));
      }),
      runs,
    );
  });

  it('is the same when it is opened anew after each batch', () => {
    fc.assert(
      fc.property(runHistories, fc.integer({ min: 1, max: 20 }), (events, size) => {
        const [whole, reopened] = [readModelPath(), readModelPath()];
        project(whole, events);
        for (let at = 0; at < events.length; at += size) project(reopened, events.slice(at, at + size));
        if (events.length > 0) expect(dump(reopened)).toEqual(dump(whole));
      }),
      { numRuns: 20 },
    );
  });

  it('gives each package the status that Debian’s rule gives it', () => {
    fc.assert(
      fc.property(runHistories, (events) => {
        const path = readModelPath();
        project(path, events);
        const readModel = openReadModel(path);
        const expected = Array.from(obviously(events), ([key, series]) => {
          const passes = series.filter((run) => run.status === 'pass');
          return {
            key,
            runId: series.at(-1)?.runId,
            previousStatus: series.at(-2)?.status ?? null,
            lastPassAt: passes.at(-1)?.finishedAt ?? null,
            lastPassVersion: passes.at(-1)?.version ?? null,
            brokenSince: brokenSince(series),
            removedAt: null,
          };
        });
        const { items } = readModel.packages.statuses({}, { limit: 100 });
        const found = items.map(({ package: name, suite, arch, run, ...rest }) => ({
          key: `${name} ${suite} ${arch}`,
          runId: run?.runId,
          ...rest,
        }));
        readModel.close();
        const byKey = (a: { key: string }, b: { key: string }): number => a.key.localeCompare(b.key);
        expect(found.sort(byKey)).toEqual(expected.sort(byKey));
      }),
      runs,
    );
  });

  it('has news where a verdict differs from the one before it', () => {
    fc.assert(
      fc.property(runHistories, (events) => {
        const path = readModelPath();
        project(path, events);
        const readModel = openReadModel(path);
        const expected: string[] = [];
        for (const series of obviously(events).values()) {
          const verdicts = series.filter((run) => run.status !== 'tmpfail');
          verdicts.forEach((run, index) => {
            const previous = verdicts[index - 1]?.status;
            if (previous !== undefined && previous !== run.status) {
              expected.push(`${run.finishedAt} ${run.runId} ${previous} ${run.status}`);
            }
          });
        }
        const found = readModel.packages
          .news({ limit: 100 })
          .items.map(({ run, previousStatus }) => `${run.endedAt} ${run.runId} ${previousStatus} ${run.status}`);
        readModel.close();
        expect(found).toEqual(expected.sort().reverse());
      }),
      runs,
    );
  });

  it('counts as many packages in each status as there are', () => {
    fc.assert(
      fc.property(runHistories, (events) => {
        const path = readModelPath();
        project(path, events);
        const readModel = openReadModel(path);
        const found = readModel.counts.platforms().flatMap(({ suite, packages }) => {
          return Object.entries(packages).map(([status, count]) => `${suite} ${status} ${count}`);
        });
        const days = readModel.counts.days('unstable', 'amd64', '2026-01-01', '2026-12-31');
        readModel.close();
        const newest = Array.from(obviously(events), ([key, series]) => ({ key, series }))
          .filter(({ series }) => series.length > 0)
          .map(({ key, series }) => `${key.split(' ')[1] ?? ''} ${series.at(-1)?.status ?? ''}`);
        for (const line of found) {
          const [suite, status, count] = line.split(' ');
          expect(
            newest.filter((of) => of === `${suite} ${status}`),
            line,
          ).toHaveLength(Number(count));
        }
        const last = days.at(-1)?.packages;
        if (last) {
          const inUnstable = newest.filter((of) => of.startsWith('unstable')).length;
          expect(Object.values(last).reduce((sum, count) => sum + count, 0)).toBe(inUnstable);
        }
      }),
      runs,
    );
  });
});
