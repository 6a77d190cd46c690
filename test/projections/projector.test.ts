import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openForWriting, openForReading, ReadModelUnavailableError } from '../../src/projections/database.js';
import type { MemoryEventStore } from '../../src/adapters/memory/event-store.js';
import type { TestRunEvent } from '../../src/domain/events.js';
import type { Job } from '../../src/domain/job.js';
import { UnreadableEventError } from '../../src/domain/errors.js';
import type { Position } from '../../src/domain/ports/event-store.js';
import { Projector, ProjectorStoppedError, type Commit } from '../../src/projections/projector.js';
import { ReadModelWriter } from '../../src/projections/writer.js';
import { ProjectedJobIndex } from '../../src/projections/job-index.js';
import { aJob, appendTo, finishedRun, RecordedEvents, storeOf } from '../support/event-log.js';
import { collect, newEvent } from '../support/events.js';
import { dump, project, readModelPath } from '../support/read-models.js';
import { silentLogger } from '../support/loggers.js';

const runs = (count: number): TestRunEvent[] =>
  Array.from({ length: count }, (_, index) => finishedRun({ runId: index + 1 })).flat();

interface Running {
  projector: Projector;
  stop: () => Promise<void>;
}

function start(path: string, store: MemoryEventStore, listener?: (commit: Commit) => void): Running {
  const db = openForWriting(path);
  const projector = new Projector(new ReadModelWriter(db), store, silentLogger);
  if (listener) projector.onCommit(listener);
  const stopping = new AbortController();
  const running = projector.run(stopping.signal);
  const stop = async (): Promise<void> => {
    stopping.abort();
    await running;
    db.close();
  };
  onTestFinished(() => {
    stopping.abort();
  });
  return { projector, stop };
}

async function end(store: MemoryEventStore): Promise<Position> {
  const position = await store.lastPosition();
  if (position === null) throw new Error('the log is empty');
  return position;
}

/** The read model that comes of the whole log at once. */
async function wholeModel(store: MemoryEventStore): Promise<ReturnType<typeof dump>> {
  const path = readModelPath();
  project(path, await collect(store.readAll()));
  return dump(path);
}

describe('the projector', () => {
  it('brings the read model up to the log, and then follows it', async () => {
    const path = readModelPath();
    const store = await storeOf(...runs(4));
    const { projector, stop } = start(path, store);
    await projector.reached(await end(store));
    await projector.reached(await appendTo(store, { type: 'TestEnqueued', data: aJob({ runId: 5 }) }));
    await stop();
    expect(dump(path)).toEqual(await wholeModel(store));
  });

  it('puts the batches of a long log together', async () => {
    const path = readModelPath();
    const store = await storeOf(...runs(1100));
    const commits: number[] = [];
    const { projector, stop } = start(path, store, ({ changes }) => commits.push(changes.length));
    await projector.reached(await end(store));
    await stop();
    expect(commits).toEqual([2200]);
    expect(dump(path)).toEqual(await wholeModel(store));
  });

  it('goes on from its checkpoint when it is started again', async () => {
    const path = readModelPath();
    const store = await storeOf(...runs(3));
    const events = await collect(store.readAll());
    project(path, events.slice(0, 3), [1, 1]);
    const commits: Commit[] = [];
    const { projector, stop } = start(path, store, (commit) => commits.push(commit));
    await projector.reached(await end(store));
    await stop();
    expect(commits.flatMap(({ changes }) => changes.map(({ event }) => event.position))).toEqual(
      events.slice(3).map(({ position }) => position),
    );
    expect(dump(path)).toEqual(await wholeModel(store));
  });

  it('tells its listeners what each event did to its run, before it says that the position is reached', async () => {
    const store = await storeOf(...runs(1));
    const listener = vi.fn<(commit: Commit) => void>();
    const { projector, stop } = start(readModelPath(), store, listener);
    await projector.reached(await end(store));
    expect(listener.mock.calls.flatMap(([{ changes }]) => changes.map(({ run }) => run?.after.state))).toEqual([
      'pending',
      'finished',
    ]);
    await stop();
  });

  it('survives a listener that throws', async () => {
    const store = await storeOf(...runs(1));
    const { projector, stop } = start(readModelPath(), store, () => {
      throw new Error('a bad listener');
    });
    await expect(projector.reached(await end(store))).resolves.toBeUndefined();
    await stop();
  });

  it('leaves nothing of a batch with an event that it cannot read, and ends', async () => {
    const path = readModelPath();
    const store = await storeOf(...runs(2));
    await store.append('test-9', [newEvent({ type: 'TestTeleported' })], 'none');
    const db = openForWriting(path);
    const projector = new Projector(new ReadModelWriter(db), store, silentLogger);
    const waiting = expect(projector.reached(await end(store))).rejects.toThrow(ProjectorStoppedError);
    await expect(projector.run(new AbortController().signal)).rejects.toThrow(UnreadableEventError);
    await waiting;
    db.close();
    expect(dump(path).run).toEqual([]);
    expect(dump(path).checkpoint).toEqual([]);
  });
});

describe('the read model’s file', () => {
  it('is left alone when a newer debci made it', () => {
    const path = readModelPath();
    const db = openForWriting(path);
    db.pragma('user_version = 999');
    db.close();
    expect(() => openForWriting(path)).toThrow(/newer debci/);
    expect(() => openForReading(path)).toThrow(/newer debci/);
  });

  it('cannot be read before the first projector made it', () => {
    expect(() => openForReading(readModelPath())).toThrow(ReadModelUnavailableError);
  });
});

describe('the job index', () => {
  it('knows the next run id, the runs of a request, and the open jobs by priority', () => {
    const path = readModelPath();
    const log = new RecordedEvents();
    log.append({ type: 'TestEnqueued', data: aJob({ runId: 7, priority: 1 }) }, { causationId: 'r', requestIndex: 0 });
    log.append({ type: 'TestEnqueued', data: aJob({ runId: 9, priority: 9 }) }, { causationId: 'r', requestIndex: 1 });
    log.append({ type: 'TestEnqueued', data: aJob({ runId: 8, priority: 9 }) }, { causationId: 's', requestIndex: 0 });
    log.append({ type: 'TestStarted', data: { runId: 8, attempt: 1, worker: 'w' } });
    for (const event of finishedRun({ runId: 3 })) log.append(event);
    project(path, log.events);
    const index = new ProjectedJobIndex(path, { reached: () => Promise.resolve() });
    expect(index.nextRunId()).toBe(10);
    expect(index.runsOfRequest('r')).toEqual(new Map([[0, 7], [1, 9]])); // prettier-ignore
    expect(index.runsOfRequest('unknown')).toEqual(new Map());
    expect(Array.from(index.openJobs(), ({ job, attempt, worker }) => [job.runId, attempt, worker])).toEqual([
      [8, 1, 'w'],
      [9, 1, null],
      [7, 1, null],
    ]);
    index.close();
  });

  it('gives all open jobs, however many, while they are being projected', () => {
    const path = readModelPath();
    const log = new RecordedEvents();
    for (let runId = 1; runId <= 1201; runId++) {
      log.append({ type: 'TestEnqueued', data: aJob({ runId, priority: runId % 11 }) });
    }
    project(path, log.events);
    const index = new ProjectedJobIndex(path, { reached: () => Promise.resolve() });
    const seen = new Set<number>();
    for (const { job } of index.openJobs()) {
      seen.add(job.runId);
      if (seen.size === 1) project(path, [log.append({ type: 'TestEnqueued', data: aJob({ runId: 5000 }) })]);
    }
    expect(seen.size).toBeGreaterThanOrEqual(1201);
    index.close();
  });

  it('gives finished runs with files that ended before then, oldest first, but for those that make a status', () => {
    const path = readModelPath();
    const log = new RecordedEvents();
    const day = (n: number): string => `2026-01-0${n}T00:00:00.000Z`;
    const finished = (runId: number, on: number, job: Partial<Job> = {}, logBytes = 10): void => {
      for (const event of finishedRun({ runId, ...job }, { finishedAt: day(on), logBytes })) log.append(event);
    };
    finished(1, 3);
    finished(2, 1, { private: true });
    finished(3, 2, { pins: [{ suite: 'testing', packages: ['dpkg'] }] });
    finished(4, 2, {}, 0);
    finished(5, 4);
    finished(6, 5);
    finished(7, 2, { package: 'apt' });
    finished(8, 2);
    log.append({ type: 'TestFilesPurged', data: { runId: 8, by: 'collector', reason: null } });
    log.append({ type: 'TestEnqueued', data: aJob({ runId: 9 }) });
    project(path, log.events);
    const index = new ProjectedJobIndex(path, { reached: () => Promise.resolve() });
    const before = (on: number): number[] => Array.from(index.runsWithOldFiles(day(on)), ({ runId }) => runId);
    expect([before(1), before(2), before(4), before(9)]).toEqual([[], [2], [2, 3, 1], [2, 3, 1, 5]]);
    expect([...index.runsWithOldFiles(day(2))]).toEqual([
      { runId: 2, package: 'hello', suite: 'unstable', arch: 'amd64' },
    ]);
    index.close();
  });

  it('gives all runs with old files, however many ended at once', () => {
    const path = readModelPath();
    const log = new RecordedEvents();
    for (let runId = 1; runId <= 1202; runId++) for (const event of finishedRun({ runId })) log.append(event);
    project(path, log.events);
    const index = new ProjectedJobIndex(path, { reached: () => Promise.resolve() });
    const ids = Array.from(index.runsWithOldFiles('2030-01-01T00:00:00.000Z'), ({ runId }) => runId);
    expect(ids).toEqual(Array.from({ length: 1201 }, (_, n) => n + 1));
    index.close();
  });
});
