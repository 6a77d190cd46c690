import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RECORDS_AT_ONCE } from '../../src/projections/record-queries.js';
import { openReadModel, type ReadModel } from '../../src/projections/read-model.js';
import type { RunSummary, Target } from '../../src/projections/views.js';
import { finishedRun } from '../support/event-log.js';
import { project, readModelOf, readModelPath } from '../support/read-models.js';
import { runHistories } from '../support/run-histories.js';

/** What history.json must tell, worked out from the plain history. */
function expected(history: readonly RunSummary[]): unknown[] {
  const finished = history.filter(({ status }) => status !== null);
  return finished.map((run, index) => {
    const counted = (other: RunSummary): boolean => other.pins.length === 0;
    const lastPass = finished.slice(index).find((other) => other.status === 'pass' && counted(other));
    const previousStatus = finished.slice(index + 1).find(counted)?.status ?? null;
    const lastPassAt = lastPass?.endedAt ?? null;
    return { runId: run.runId, previousStatus, lastPassAt, lastPassVersion: lastPass?.version ?? null };
  });
}

function shown(readModel: ReadModel, target: Target): unknown[] {
  const records = [...readModel.records.history(target)].flat();
  return records.map(({ runId, previousStatus, lastPassAt, lastPassVersion }) => ({
    runId,
    previousStatus,
    lastPassAt,
    lastPassVersion,
  }));
}

describe('records of a history', () => {
  it('tell of each run what came before it, whatever happened', () => {
    fc.assert(
      fc.property(runHistories, (events) => {
        const path = readModelPath();
        project(path, events);
        const readModel = openReadModel(path);
        for (const { package: name, suite, arch } of readModel.packages.statuses({}, { limit: 100 }).items) {
          const target = { package: name, suite, arch };
          expect(shown(readModel, target)).toEqual(expected(readModel.runs.history(target, { limit: 500 }).items));
        }
        readModel.close();
      }),
      { numRuns: 50 },
    );
  });

  it('agree with the status on the newest run that counts', () => {
    fc.assert(
      fc.property(runHistories, (events) => {
        const path = readModelPath();
        project(path, events);
        const readModel = openReadModel(path);
        for (const status of readModel.packages.statuses({}, { limit: 100 }).items) {
          const newest = [...readModel.records.history(status)].flat().find(({ pins }) => pins.length === 0) ?? null;
          expect(readModel.records.latest(status)).toEqual(newest);
        }
        readModel.close();
      }),
      { numRuns: 50 },
    );
  });

  it('come in parts, none of them twice and none left out', () => {
    const runs = 2 * RECORDS_AT_ONCE + 1;
    const target = { package: 'hello', suite: 'unstable', arch: 'amd64' };
    const readModel = readModelOf(
      ...Array.from({ length: runs }, (_, index) => finishedRun({ runId: index + 1 })).flat(),
    );
    const parts = [...readModel.records.history(target)];
    expect(parts.map(({ length }) => length)).toEqual([RECORDS_AT_ONCE, RECORDS_AT_ONCE, 1]);
    expect(parts.flat().map(({ runId }) => runId)).toEqual(Array.from({ length: runs }, (_, index) => runs - index));
  });
});
