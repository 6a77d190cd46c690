import { existsSync, readdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { MemoryEventStore } from '../../src/adapters/memory/event-store.js';
import { openFileForWriting, openForWriting, ReadModelUnavailableError } from '../../src/projections/database.js';
import type { Lock } from '../../src/domain/ports/lock.js';
import { ReadModelFiles } from '../../src/projections/files.js';
import { handOver, LiveReadModel } from '../../src/projections/live-read-model.js';
import { Projector } from '../../src/projections/projector.js';
import { awaitReadModel, openReadModel } from '../../src/projections/read-model.js';
import { rebuild } from '../../src/projections/rebuild.js';
import { aJob, appendTo, finishedRun, storeOf } from '../support/event-log.js';
import { collect } from '../support/events.js';
import { silentLogger } from '../support/loggers.js';
import { dump, project, readModelPath } from '../support/read-models.js';

const never = new AbortController().signal;
const runs = (count: number) => Array.from({ length: count }, (_, n) => finishedRun({ runId: n + 1 })).flat();

/** In memory: what these tests need of a lock. */
function aLock(): Lock {
  let held = false;
  return {
    tryAcquire: () => {
      if (held) return null;
      held = true;
      return () => {
        held = false;
      };
    },
  };
}
/** The collector's, while none runs, and while one does. */
const free = aLock();
const taken: Lock = { tryAcquire: () => null };

/** What the whole log makes. */
async function expected(store: MemoryEventStore): Promise<unknown> {
  const path = readModelPath();
  project(path, await collect(store.readAll()));
  return dump(path);
}

/** Makes a read model look as if a debci of another schema had made it. */
function setVersion(path: string, version: number): void {
  const db = openForWriting(path);
  db.exec('DROP TABLE worker');
  db.pragma(`user_version = ${version}`);
  db.close();
}

function databasesBeside(path: string): string[] {
  return readdirSync(dirname(path))
    .filter((name) => name.endsWith('.sqlite'))
    .sort();
}

function collector(path: string, store: MemoryEventStore, logger = silentLogger) {
  const live = new LiveReadModel({ path, store, rebuilding: aLock(), logger });
  const stop = new AbortController();
  const projector = new Projector(live, store, silentLogger);
  let ended: Promise<unknown> = Promise.resolve();
  onTestFinished(() => {
    stop.abort();
  });
  return {
    projector,
    start: async () => {
      await live.prepare(stop.signal);
      ended = Promise.all([projector.run(stop.signal), live.run(stop.signal)]);
    },
    stop: async () => {
      stop.abort();
      await ended;
      live.close();
    },
  };
}

describe('a collector’s read model', () => {
  it('is made from the log where there is none', async () => {
    const path = readModelPath();
    const store = await storeOf(...runs(5));
    const { start, stop } = collector(path, store);
    await start();
    expect(dump(path)).toEqual(await expected(store));
    await stop();
  });

  it('of an older schema answers in an open reader until the new one is in its place', async () => {
    const path = readModelPath();
    const store = await storeOf(...runs(3));
    project(path, await collect(store.readAll({ limit: 4 })));
    const reader = openReadModel(path);
    expect(reader.runs.newest({ limit: 9 }).items).toHaveLength(2);
    setVersion(path, 1);
    expect(reader.runs.newest({ limit: 9 }).items).toHaveLength(2);
    expect(() => openReadModel(path)).toThrow(ReadModelUnavailableError);
    const { start, stop } = collector(path, store);
    await start();
    expect(reader.runs.newest({ limit: 9 }).items).toHaveLength(3);
    expect(dump(path)).toEqual(await expected(store));
    reader.close();
    await stop();
  });

  it('of an older debci, a plain file, gives its place to a link', async () => {
    const path = readModelPath();
    const store = await storeOf(...runs(3));
    const db = openForWriting(path);
    db.pragma('user_version = 1');
    db.close();
    renameSync(new ReadModelFiles(path).current() ?? '', path);
    const { start, stop } = collector(path, store);
    await start();
    expect(dump(path)).toEqual(await expected(store));
    await stop();
    expect(databasesBeside(path)).toEqual(['read-model-1.sqlite', 'read-model.sqlite']);
  });

  it('of a newer debci is left alone', async () => {
    const path = readModelPath();
    setVersion(path, 999);
    const { start, stop } = collector(path, await storeOf());
    await expect(start()).rejects.toThrow(/newer debci/);
    await stop();
  });

  it('that a crash left unfinished is cleared away', async () => {
    const path = readModelPath();
    const store = await storeOf(...runs(2));
    project(path, await collect(store.readAll()));
    const files = new ReadModelFiles(path);
    const orphan = files.fresh();
    await rebuild({ store, file: orphan });
    setVersion(path, 1);
    const { start, stop } = collector(path, store);
    await start();
    expect(dump(path)).toEqual(await expected(store));
    await stop();
    expect(databasesBeside(path)).toEqual(['read-model-2.sqlite', 'read-model.sqlite']);
  });
});

describe('a read model that a replay made', () => {
  it('is put in place at once where no collector runs', async () => {
    const path = readModelPath();
    const store = await storeOf(...runs(3));
    const files = new ReadModelFiles(path);
    const file = files.fresh();
    await rebuild({ store, file });
    await handOver({ files, file, collector: free, signal: never });
    expect(files.current()).toBe(file);
    expect(dump(path)).toEqual(await expected(store));
  });

  it('is taken over by a running collector, which brings it up to the log and goes on with it', async () => {
    const path = readModelPath();
    const store = await storeOf(...runs(3));
    const { projector, start, stop } = collector(path, store);
    await start();
    const reader = openReadModel(path);
    const files = new ReadModelFiles(path);
    const before = files.current();
    const file = files.fresh();
    await rebuild({ store, file, until: { time: '2026-01-01T00:03:00.000Z' } });
    await projector.reached(await appendTo(store, { type: 'TestEnqueued', data: aJob({ runId: 4 }) }));
    await handOver({ files, file, collector: taken, signal: never });
    expect(files.current()).toBe(file);
    expect(existsSync(before ?? '')).toBe(false);
    expect(reader.runs.queueCounts()).toEqual({ pending: 1, running: 0 });
    await projector.reached(await appendTo(store, { type: 'TestEnqueued', data: aJob({ runId: 5 }) }));
    expect(reader.runs.queueCounts()).toEqual({ pending: 2, running: 0 });
    expect(dump(path)).toEqual(await expected(store));
    reader.close();
    await stop();
  });

  it('is taken over while events keep coming, with nothing lost or doubled', async () => {
    const path = readModelPath();
    const store = await storeOf(...runs(3));
    const { projector, start, stop } = collector(path, store);
    await start();
    const files = new ReadModelFiles(path);
    const file = files.fresh();
    await rebuild({ store, file });
    const over = new AbortController();
    const busy = (async () => {
      for (let runId = 4; !over.signal.aborted; runId++) {
        for (const event of finishedRun({ runId })) await appendTo(store, event);
        await setImmediate();
      }
    })();
    await handOver({ files, file, collector: taken, signal: never });
    over.abort();
    await busy;
    const end = await store.lastPosition();
    if (end !== null) await projector.reached(end);
    expect(files.current()).toBe(file);
    expect(dump(path)).toEqual(await expected(store));
    await stop();
  });

  it('that cannot be used is refused, and the old one goes on', async () => {
    const path = readModelPath();
    const store = await storeOf(...runs(2));
    const error = vi.fn();
    const { start, stop } = collector(path, store, { ...silentLogger, error });
    await start();
    const files = new ReadModelFiles(path);
    const file = files.fresh();
    await rebuild({ store, file });
    const db = openFileForWriting(file);
    db.pragma('user_version = 1');
    db.close();
    await expect(handOver({ files, file, collector: taken, signal: never })).rejects.toThrow(/did not take/);
    expect(error).toHaveBeenCalledOnce();
    expect(existsSync(file)).toBe(false);
    expect(dump(path)).toEqual(await expected(store));
    await stop();
  });
});

describe('a reader that waits for the read model', () => {
  it('answers as soon as there is one', async () => {
    const path = readModelPath();
    const store = await storeOf(...runs(1));
    const reader = awaitReadModel(path);
    expect(() => reader.position()).toThrow(ReadModelUnavailableError);
    project(path, await collect(store.readAll()));
    expect(reader.runs.byId(1)).not.toBeNull();
    reader.close();
    expect(() => reader.position()).toThrow(/closed/);
  });
});
