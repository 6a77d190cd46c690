import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Position } from '../../src/domain/ports/event-store.js';
import { openReadModel } from '../../src/projections/read-model.js';
import type { ReadModel } from '../../src/projections/read-model.js';
import { project, readModelPath } from '../support/read-models.js';
import { runHistories } from '../support/run-histories.js';

const END = '~' as Position;

function statusesOf(readModel: ReadModel): Map<string, string> {
  const { items } = readModel.packages.statuses({}, { limit: 1000 });
  return new Map(
    items.flatMap(({ package: name, suite, arch, run }) =>
      run?.status ? [[`${name} ${suite} ${arch}`, run.status]] : [],
    ),
  );
}

describe('changes of statuses', () => {
  it('lead, one after the other, to the statuses that there are, at any place in the log', () => {
    fc.assert(
      fc.property(runHistories, (events) => {
        const path = readModelPath();
        const statuses = new Map<string, string>();
        let after: Position | null = null;
        project(path, []);
        const readModel = openReadModel(path);
        for (const event of events) {
          project(path, [event]);
          for (const change of readModel.packages.statusChanges(after, event.position)) {
            const key = `${change.package} ${change.suite} ${change.arch}`;
            expect(change.previousStatus).toBe(statuses.get(key) ?? null);
            expect(change.status).not.toBe(change.previousStatus);
            expect(change.position).toBe(event.position);
            statuses.set(key, change.status);
          }
          after = event.position;
          expect(statuses).toEqual(statusesOf(readModel));
        }
        expect(readModel.packages.statusChanges(after, END)).toEqual([]);
        readModel.close();
      }),
      { numRuns: 10 },
    );
  });
});
