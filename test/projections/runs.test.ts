import { describe, expect, it } from 'vitest';
import type { TestRunEvent } from '../../src/domain/events.js';
import { aJob, anOutcome, finishedRun } from '../support/event-log.js';
import { readModelOf } from '../support/read-models.js';

const hello = { package: 'hello', suite: 'unstable', arch: 'amd64' };
const enqueued = (runId: number, job: Partial<Parameters<typeof aJob>[0]> = {}): TestRunEvent => ({
  type: 'TestEnqueued',
  data: aJob({ ...job, runId }),
});
const started = (runId: number, worker = 'w1', attempt = 1): TestRunEvent => ({
  type: 'TestStarted',
  data: { runId, attempt, worker },
});
const decision = { by: 'user:alice', reason: null };

describe('a run in the read model', () => {
  it('holds all that its job and its result said', () => {
    const job = aJob({
      runId: 1,
      variant: 'desktop',
      trigger: 'glibc/2.42-1',
      pins: [{ suite: 'experimental', packages: ['src:glibc', 'libc6'] }],
      extraAptSources: [{ entry: 'deb http://deb.example.org/debian sid main', signingKey: null }],
      priority: 8,
      requestor: 'alice',
      origin: { kind: 'retry', of: 9 },
      reasons: [{ package: 'glibc', from: '2.41-1', to: '2.42-1' }],
    });
    const outcome = anOutcome({
      status: 'fail',
      exitCode: 4,
      message: 'At least one test failed',
      durationSeconds: 61.5,
    });
    const readModel = readModelOf({ type: 'TestEnqueued', data: job }, started(1), {
      type: 'TestFinished',
      data: { ...outcome, runId: 1, attempt: 1 },
    });
    expect(readModel.runs.byId(1)).toMatchObject({
      ...{ runId: 1, package: 'hello', suite: 'unstable', arch: 'amd64', backend: 'fake', priority: 8 },
      ...{ trigger: 'glibc/2.42-1', pins: job.pins, requestor: 'alice', private: false, state: 'finished', attempt: 1 },
      ...{ worker: 'worker1', enqueuedAt: '2026-01-01T00:01:00.000Z', startedAt: '2026-01-01T00:02:00.000Z' },
      ...{ endedAt: outcome.finishedAt, status: 'fail', version: '2.10-3', durationSeconds: 61.5, exitCode: 4 },
      ...{ message: 'At least one test failed', logBytes: 357, artifactsBytes: 1024, purgedAt: null },
      ...{ job, tests: outcome.tests, testbedDigest: outcome.testbedDigest, publishedAt: null },
    });
  });

  it('waits again when its attempt was abandoned', () => {
    const abandoned = { runId: 1, attempt: 1, worker: 'w1', reason: 'no sign of life for 5 min' };
    const readModel = readModelOf(enqueued(1), started(1), { type: 'TestAbandoned', data: abandoned });
    expect(readModel.runs.byId(1)).toMatchObject({ state: 'pending', attempt: 2, worker: null, startedAt: null });
    expect(readModel.runs.runningOn('w1')).toEqual([]);
  });

  it('that was cancelled is in the history with who did it and why, and not in the queue', () => {
    const cancelled: TestRunEvent = { type: 'TestCancelled', data: { runId: 1, by: 'user:alice', reason: 'mistake' } };
    const readModel = readModelOf(enqueued(1), cancelled);
    const { items } = readModel.runs.history(hello, { limit: 10 });
    expect(items).toMatchObject([{ state: 'cancelled', status: null, message: 'Cancelled by user:alice: mistake' }]);
    expect(readModel.runs.queue({ limit: 10 }).items).toEqual([]);
    expect(readModel.packages.matrix('hello')).toMatchObject([{ run: null }]);
  });

  it('keeps its result when its files are removed', () => {
    const purged: TestRunEvent = { type: 'TestFilesPurged', data: { runId: 1, ...decision } };
    const run = readModelOf(...finishedRun({ runId: 1 }), purged).runs.byId(1);
    expect(run).toMatchObject({ status: 'pass', purgedAt: '2026-01-01T00:03:00.000Z' });
  });

  it('shows no change for a result that came too late', () => {
    const data = {
      runId: 1,
      attempt: 1,
      worker: 'w2',
      status: 'fail' as const,
      reason: 'already finished (1/worker1)',
    };
    const readModel = readModelOf(...finishedRun({ runId: 1 }), { type: 'TestResultIgnored', data });
    expect(readModel.runs.byId(1)).toMatchObject({ status: 'pass', worker: 'worker1' });
    expect(readModel.counts.workers().map(({ name }) => name)).toEqual(['w2', 'worker1']);
  });
});

describe('the history of a package', () => {
  it('comes newest first, by date and not by arrival, in pages that neither skip nor repeat', () => {
    const days = [3, 1, 2, 2, 5];
    const events = days.flatMap((day, index) =>
      finishedRun({ runId: index + 1 }, { finishedAt: `2026-02-0${day}T00:00:00.000Z` }),
    );
    const readModel = readModelOf(...events, ...finishedRun({ runId: 6, arch: 'arm64' }));
    const first = readModel.runs.history(hello, { limit: 2 });
    const second = readModel.runs.history(hello, { limit: 2, before: first.next! });
    const third = readModel.runs.history(hello, { limit: 2, before: second.next! });
    expect([first, second, third].map(({ items }) => items.map(({ runId }) => runId))).toEqual([[5, 1], [4, 3], [2]]); // prettier-ignore
    expect(third.next).toBeNull();
  });
});

describe('a private run', () => {
  const secret = { runId: 1, package: 'secret', private: true, requestor: 'alice' };
  const running = { ...secret, runId: 2 };
  const events = [...finishedRun(secret, { status: 'fail' }), enqueued(2, running), started(2, 'w9')];

  it('is in no answer to anybody but its requestor', () => {
    const { runs, packages, counts } = readModelOf(...events);
    const target = { ...hello, package: 'secret' };
    for (const viewer of [null, 'bob']) {
      expect(runs.byId(1, viewer)).toBeNull();
      expect(runs.history(target, { viewer, limit: 10 }).items).toEqual([]);
      expect(runs.newest({ viewer, limit: 10 }).items).toEqual([]);
      expect(runs.queue({ viewer, limit: 10 }).items).toEqual([]);
      expect(runs.queue({ viewer, package: 'secret', limit: 10 }).items).toEqual([]);
      expect(counts.workers(viewer).flatMap((worker) => worker.running)).toEqual([]);
    }
    expect(runs.queueCounts()).toEqual({ pending: 0, running: 0 });
    expect(packages.has('secret')).toBe(false);
    expect(packages.prefixes()).toEqual([]);
    expect(packages.withPrefix('s')).toEqual([]);
    expect(packages.search('secret', 10)).toEqual([]);
    expect(packages.matrix('secret')).toEqual([]);
    expect(packages.statuses({}, { limit: 10 }).items).toEqual([]);
    expect(packages.news({ limit: 10 }).items).toEqual([]);
    expect(counts.platforms()).toEqual([]);
    expect(counts.days('unstable', 'amd64', '2026-01-01', '2026-12-31')).toEqual([]);
  });

  it('is there for its requestor', () => {
    const { runs, counts } = readModelOf(...events);
    expect(runs.byId(1, 'alice')).toMatchObject({ private: true, status: 'fail' });
    expect(runs.history({ ...hello, package: 'secret' }, { viewer: 'alice', limit: 10 }).items).toHaveLength(1);
    expect(runs.queue({ viewer: 'alice', limit: 10 }).items).toHaveLength(1);
    expect(counts.workers('alice').flatMap((worker) => worker.running)).toHaveLength(1);
  });

  it('without a requestor is there for nobody', () => {
    const readModel = readModelOf(...finishedRun({ ...secret, requestor: null }));
    expect(readModel.runs.byId(1, '')).toBeNull();
    expect(readModel.runs.byId(1)).toBeNull();
  });

  it('takes its place by date when it is published', () => {
    const at = (day: number): string => `2026-02-0${day}T00:00:00.000Z`;
    const readModel = readModelOf(
      ...finishedRun({ ...secret }, { status: 'fail', finishedAt: at(2) }),
      ...finishedRun({ ...secret, runId: 2, private: false }, { status: 'pass', finishedAt: at(1) }),
      ...finishedRun({ ...secret, runId: 3, private: false }, { status: 'pass', finishedAt: at(3) }),
      { type: 'TestPublished', data: { runId: 1, ...decision } },
    );
    expect(readModel.packages.matrix('secret')).toMatchObject([{ run: { runId: 3 }, previousStatus: 'fail' }]);
    expect(readModel.packages.news({ limit: 10 }).items).toMatchObject([
      { run: { runId: 3, status: 'pass' }, previousStatus: 'fail' },
      { run: { runId: 1, status: 'fail' }, previousStatus: 'pass' },
    ]);
    const days = readModel.counts.days('unstable', 'amd64', '2026-02-01', '2026-02-03');
    expect(days.map(({ day, packages }) => [day.slice(-1), packages.pass, packages.fail])).toEqual([
      ['1', 1, 0],
      ['2', 0, 1],
      ['3', 1, 0],
    ]);
  });
});

describe('the queue', () => {
  it('is in the order in which jobs are due, in pages', () => {
    const readModel = readModelOf(
      enqueued(1, { priority: 5 }),
      enqueued(2, { priority: 9 }),
      enqueued(3, { priority: 5 }),
      enqueued(4, { priority: 5, suite: 'testing' }),
      started(3),
    );
    const first = readModel.runs.queue({ limit: 2 });
    const second = readModel.runs.queue({ limit: 2, after: first.next! });
    expect([...first.items, ...second.items].map(({ runId }) => runId)).toEqual([2, 1, 3, 4]);
    expect(readModel.runs.queue({ state: 'running', limit: 9 }).items.map(({ runId }) => runId)).toEqual([3]);
    expect(readModel.runs.queue({ ...hello, limit: 9 }).items.map(({ runId }) => runId)).toEqual([2, 1, 3]);
    expect(readModel.runs.queueCounts()).toEqual({ pending: 3, running: 1 });
  });
});

describe('workers', () => {
  it('come by name, with numbers as numbers', () => {
    const names = ['w10', 'w2', 'w02', 'W1', 'arm64-1'];
    const events = names.flatMap((worker, n): TestRunEvent[] => [
      { type: 'TestEnqueued', data: aJob({ runId: n + 1 }) },
      { type: 'TestStarted', data: { runId: n + 1, attempt: 1, worker } },
    ]);
    const workers = readModelOf(...events).counts.workers();
    expect(workers.map(({ name }) => name)).toEqual(['arm64-1', 'W1', 'w02', 'w2', 'w10']);
  });

  it('show when they were last heard of, what they did and what they run', () => {
    const readModel = readModelOf(...finishedRun({ runId: 1 }), enqueued(2), started(2, 'worker1'), enqueued(3));
    expect(readModel.counts.workers()).toMatchObject([
      { name: 'worker1', seenAt: '2026-01-01T00:04:00.000Z', finished: 1, running: [{ runId: 2 }] },
    ]);
  });
});
