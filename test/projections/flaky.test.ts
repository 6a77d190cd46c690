import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/domain/events.js';
import type { Job } from '../../src/domain/job.js';
import type { RecordedEvent } from '../../src/domain/ports/event-store.js';
import { finishedRun } from '../support/event-log.js';
import { readModelOf, withReadModelOf } from '../support/read-models.js';
import { runHistories } from '../support/run-histories.js';

const target = { package: 'hello', suite: 'unstable', arch: 'amd64' };
const at = (day: number): string => `2026-02-0${day}T00:00:00.000Z`;
const digest = (letter: string): string => letter.repeat(64);

describe('a flip', () => {
  it('is a result that differs from the one before it on the same version and testbed', () => {
    const { flaky } = readModelOf(
      ...finishedRun({ runId: 1 }, { status: 'pass', finishedAt: at(1) }),
      ...finishedRun({ runId: 2 }, { status: 'fail', finishedAt: at(2) }),
      ...finishedRun({ runId: 3 }, { status: 'pass', finishedAt: at(3) }),
    );
    expect(flaky.packages({}, { limit: 9 }).items).toEqual([{ ...target, flips: 2, lastFlipAt: at(3) }]);
    const { items } = flaky.flips(target, { limit: 9 });
    expect(items).toMatchObject([
      { run: { runId: 3, status: 'pass' }, previousStatus: 'fail' },
      { run: { runId: 2, status: 'fail' }, previousStatus: 'pass' },
    ]);
  });

  it.each([
    ['another version', { version: '2.10-4' }, {}],
    ['another testbed', { testbedDigest: digest('e') }, {}],
    ['a testbed that is not known', { testbedDigest: null }, {}],
    ['a version that is not known', { version: null }, {}],
    ['a tmpfail', { status: 'tmpfail' as const }, {}],
    ['a pinned run', {}, { pins: [{ suite: 'experimental', packages: ['src:glibc'] }] }],
    ['a private run', {}, { private: true }],
    ['another architecture', {}, { arch: 'arm64' }],
  ])('is not one by %s', (_, outcome, job) => {
    const { flaky } = readModelOf(
      ...finishedRun({ runId: 1 }, { status: 'pass', finishedAt: at(1) }),
      ...finishedRun({ runId: 2, ...job }, { status: 'fail', finishedAt: at(2), ...outcome }),
    );
    expect(flaky.packages({}, { limit: 9 }).items).toEqual([]);
  });

  it('is seen through a tmpfail', () => {
    const statuses = ['pass', 'tmpfail', 'fail'] as const;
    const events = statuses.flatMap((status, n) => finishedRun({ runId: n + 1 }, { status, finishedAt: at(n + 1) }));
    expect(readModelOf(...events).flaky.flips(target, { limit: 9 }).items).toMatchObject([{ run: { runId: 3 } }]);
  });
});

describe('flaky packages', () => {
  const events = [1, 2, 3].flatMap((day) =>
    ['apt', 'bash', 'curl'].flatMap((name, n) =>
      finishedRun(
        { runId: 10 * day + n, package: name },
        { status: day === 2 ? 'fail' : 'pass', finishedAt: `2026-02-0${day}T0${n}:00:00.000Z` },
      ),
    ),
  );

  it('are listed by name, in pages', () => {
    const { flaky } = readModelOf(...events);
    const first = flaky.packages({ suite: 'unstable', arch: 'amd64' }, { limit: 2 });
    const rest = flaky.packages({}, { limit: 2, after: first.next! });
    expect([...first.items, ...rest.items].map((item) => item.package)).toEqual(['apt', 'bash', 'curl']);
    expect(rest.next).toBeNull();
  });

  it('are those of a time', () => {
    const { flaky } = readModelOf(...events);
    expect(flaky.packages({}, { asOf: '2026-02-02T01:00:00.000Z', limit: 9 }).items).toMatchObject([
      { package: 'apt', flips: 1 },
      { package: 'bash', flips: 1 },
    ]);
    expect(flaky.packages({ since: '2026-02-03T02:00:00.000Z' }, { limit: 9 }).items).toMatchObject([
      { package: 'curl', flips: 1 },
    ]);
    const before = { endedAt: at(3), runId: 0 };
    expect(flaky.flips({ ...target, package: 'apt' }, { before, limit: 9 }).items).toMatchObject([
      { run: { runId: 20 } },
    ]);
  });
});

type Result = Outcome & { runId: number };

/** The results that count, oldest first. */
function countedResults(events: readonly RecordedEvent[], jobs: ReadonlyMap<number, Job>): Result[] {
  const of = (type: string): object[] => events.filter((event) => event.type === type).map(({ data }) => data);
  const published = new Set((of('TestPublished') as Result[]).map(({ runId }) => runId));
  const counts = ({ runId, status }: Result): boolean => {
    const job = jobs.get(runId);
    return status !== 'tmpfail' && job?.pins.length === 0 && (!job.private || published.has(runId));
  };
  return (of('TestFinished') as Result[])
    .filter(counts)
    .sort((a, b) => a.finishedAt.localeCompare(b.finishedAt) || a.runId - b.runId);
}

/** All flips as `package suite run`, the slow and obvious way. */
function obviousFlips(events: readonly RecordedEvent[]): string[] {
  const enqueued = events.filter(({ type }) => type === 'TestEnqueued').map(({ data }) => data as Job);
  const jobs = new Map(enqueued.map((job) => [job.runId, job]));
  const last = new Map<string, Outcome>();
  const flips: string[] = [];
  for (const result of countedResults(events, jobs)) {
    const job = jobs.get(result.runId);
    const key = `${job?.package ?? ''} ${job?.suite ?? ''}`;
    const before = last.get(key);
    if (before?.version === result.version && before.status !== result.status) flips.push(`${key} ${result.runId}`);
    last.set(key, result);
  }
  return flips.sort();
}

describe('the flips of any log', () => {
  it('are those that its dates give, in whatever order results come and private runs are published', () => {
    const histories = runHistories.map((events) =>
      events.map((event) => {
        const { data } = event;
        return event.type === 'TestFinished'
          ? { ...event, data: { ...data, version: `1-${(data as Job).runId % 2}` } }
          : event;
      }),
    );
    fc.assert(
      fc.property(histories, (events) => {
        const found = withReadModelOf(events, ({ flaky }) =>
          flaky.packages({}, { limit: 100 }).items.flatMap((item) => {
            const { items } = flaky.flips(item, { limit: 100 });
            expect(items).toHaveLength(item.flips);
            return items.map(({ run }) => `${run.package} ${run.suite} ${run.runId}`);
          }),
        );
        expect(found.sort()).toEqual(obviousFlips(events));
      }),
      { numRuns: 80 },
    );
  });
});
