import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAsOf } from '../../src/domain/as-of.js';
import type { Outcome } from '../../src/domain/events.js';
import type { RecordedEvent } from '../../src/domain/ports/event-store.js';
import type { ReadModel } from '../../src/projections/read-model.js';
import type { PackageStatus } from '../../src/projections/views.js';
import { withReadModelOf } from '../support/read-models.js';
import { runHistories } from '../support/run-histories.js';

const HOUR_MS = 3_600_000;

/** Logs whose events come an hour apart, so that publications fall between the dates of results. */
const histories = runHistories.map((events) =>
  events.map((event, index) => ({
    ...event,
    time: new Date(Date.parse('2026-02-01T00:30:00Z') + index * HOUR_MS).toISOString(),
  })),
);
const moments = fc
  .oneof(
    fc.integer({ min: 0, max: 8 }).map((day) => `2026-02-0${day + 1}`),
    fc.integer({ min: 0, max: 180 }).map((hour) => new Date(Date.parse('2026-02-01') + hour * HOUR_MS).toISOString()),
  )
  .map((text) => parseAsOf(text) ?? '');

/** What was known then, the slow and obvious way: the log without runs that ended later, and later publications. */
function asItStood(events: readonly RecordedEvent[], asOf: string): RecordedEvent[] {
  const late = (event: RecordedEvent): boolean =>
    (event.type === 'TestPublished' && event.time > asOf) ||
    (event.type === 'TestFinished' && (event.data as Outcome).finishedAt > asOf) ||
    (event.type === 'TestCancelled' && event.time > asOf);
  return events.filter((event) => !late(event));
}

/** Rows that make a difference: of packages that had a result. Runs are shown as they are known today. */
function known(statuses: readonly PackageStatus[]): unknown[] {
  return statuses
    .filter(({ run }) => run !== null)
    .map(({ run, ...status }) => ({ ...status, runId: run?.runId, status: run?.status }));
}

function allStatuses({ packages }: ReadModel, asOf?: string): PackageStatus[] {
  return [...packages.statuses({}, { limit: 100, ...(asOf !== undefined && { asOf }) }).items];
}

/** Asks the whole log about the past, and the log of that time about its present. */
function check(ask: (model: ReadModel, asOf?: string) => unknown): void {
  fc.assert(
    fc.property(histories, moments, (events, asOf) => {
      const found = withReadModelOf(events, (model) => ask(model, asOf));
      const expected = withReadModelOf(asItStood(events, asOf), (model) => ask(model));
      expect(found).toEqual(expected);
    }),
    { numRuns: 30 },
  );
}

describe('as of a past instant', () => {
  it('statuses are those that the log of that time makes', () => {
    check((model, asOf) => known(allStatuses(model, asOf)));
  });

  it('the matrix of a package is', () => {
    check((model, asOf) => known(model.packages.matrix('hello', asOf)));
  });

  it('the counts of packages by status are', () => {
    check((model, asOf) =>
      model.counts.platforms(asOf).filter(({ packages }) => Object.values(packages).some((count) => count > 0)),
    );
  });

  it('filters give what is left of all statuses', () => {
    const filters = [{ status: 'fail' }, { brokenAfter: '2026-02-03' }, { suite: 'testing' }] as const;
    for (const filter of filters) {
      check((model, asOf) => {
        const options = { limit: 100, ...(asOf !== undefined && { asOf }) };
        return known(model.packages.statuses(filter, options).items);
      });
    }
  });

  it('platform-specific issues are those of that time', () => {
    check((model, asOf) => {
      const options = { limit: 100, ...(asOf !== undefined && { asOf }) };
      return model.issues
        .platformSpecific({}, options)
        .items.map(({ statuses, ...issue }) => ({ ...issue, statuses: known(statuses) }));
    });
  });

  it('histories hold the runs that had ended and that the viewer could see', () => {
    const target = { package: 'hello', suite: 'unstable', arch: 'amd64' };
    for (const viewer of [null, 'alice']) {
      check((model, asOf) =>
        model.runs
          .history(target, { limit: 100, viewer, ...(asOf !== undefined && { asOf }) })
          .items.map(({ runId }) => runId),
      );
    }
  });
});

describe('the rows of a status', () => {
  it('come in parts, each going on where the one before ended', () => {
    fc.assert(
      fc.property(histories, moments, fc.integer({ min: 1, max: 3 }), (events, asOf, limit) => {
        withReadModelOf(events, (model) => {
          const all = allStatuses(model, asOf);
          const parts: PackageStatus[] = [];
          for (let after; after !== null;) {
            const part = model.packages.statuses({}, { limit, asOf, ...(after && { after }) });
            parts.push(...part.items);
            after = part.next;
          }
          expect(parts).toEqual(all);
        });
      }),
      { numRuns: 20 },
    );
  });
});
