import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { MemoryEventStore } from '../../src/adapters/memory/event-store.js';
import type { Lock } from '../../src/domain/ports/lock.js';
import { openForWriting } from '../../src/projections/database.js';
import { ReadModelFiles } from '../../src/projections/files.js';
import { rebuild } from '../../src/projections/rebuild.js';
import {
  ReadModelInUseError,
  replayAll,
  replayProjection,
  verify,
  type ReplayOptions,
} from '../../src/projections/replay.js';
import { appendTo, finishedRun, storeOf } from '../support/event-log.js';
import { collect } from '../support/events.js';
import { dump, project, readModelPath } from '../support/read-models.js';
import { generatedStore } from '../support/generated-store.js';

const free: Lock = { tryAcquire: () => () => undefined };
const taken: Lock = { tryAcquire: () => null };
const runs = (count: number) => Array.from({ length: count }, (_, n) => finishedRun({ runId: n + 1 })).flat();

function optionsOf(path: string, store: MemoryEventStore, options: Partial<ReplayOptions> = {}): ReplayOptions {
  const signal = new AbortController().signal;
  return { files: new ReadModelFiles(path), store, rebuilding: free, collector: free, signal, ...options };
}

async function liveModel(store: MemoryEventStore): Promise<string> {
  const path = readModelPath();
  project(path, await collect(store.readAll()), [3, 5]);
  return path;
}

function change(path: string, sql: string): void {
  const db = openForWriting(path);
  db.exec(sql);
  db.close();
}

function digest(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

describe('a replay', () => {
  it('gives the same bytes each time, and the rows that following the log gives', async () => {
    const store = await generatedStore(4000);
    const folder = dirname(readModelPath());
    const files = ['a.sqlite', 'b.sqlite'].map((name) => join(folder, name));
    for (const file of files) await rebuild({ store, file });
    expect(files.map(digest)[0]).toBe(files.map(digest)[1]);
    expect(dump(files[0] ?? '')).toEqual(dump(await liveModel(store)));
  });

  it('has the indices of a read model that followed the log', async () => {
    const store = await storeOf(...runs(2));
    const file = join(dirname(readModelPath()), 'a.sqlite');
    await rebuild({ store, file });
    const schemaOf = (path: string): unknown => {
      const db = openForWriting(path);
      const schema = db.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY type, name').all();
      db.close();
      return schema;
    };
    expect(schemaOf(file)).toEqual(schemaOf(await liveModel(store)));
  });

  it('ends where it is told to', async () => {
    const store = await storeOf(...runs(5));
    const events = await collect(store.readAll());
    const at = events[3];
    if (!at) throw new Error('no such event');
    for (const until of [{ position: at.position }, { time: at.time }]) {
      const file = join(dirname(readModelPath()), 'a.sqlite');
      expect(await rebuild({ store, file, until })).toEqual({ events: 4, position: at.position });
    }
  });

  it('that is broken off leaves nothing', async () => {
    const store = await generatedStore(3000);
    const path = await liveModel(store);
    const before = dump(path);
    const stop = new AbortController();
    const replaying = replayAll(
      optionsOf(path, store, {
        signal: stop.signal,
        onProgress: () => {
          stop.abort(new Error('enough'));
        },
      }),
    );
    await expect(replaying).rejects.toThrow('enough');
    expect(dump(path)).toEqual(before);
    expect(readdirSync(dirname(path)).filter((name) => name.endsWith('.sqlite'))).toHaveLength(2);
  });

  it('takes the place of a read model that was wrong', async () => {
    const store = await storeOf(...runs(5));
    const path = await liveModel(store);
    const right = dump(path);
    change(path, `UPDATE run SET status = 'fail'; DELETE FROM worker`);
    expect(await replayAll(optionsOf(path, store))).toMatchObject({ events: 10 });
    expect(dump(path)).toEqual(right);
  });

  it('is refused while another one is under way', async () => {
    const store = await storeOf(...runs(1));
    const path = await liveModel(store);
    await expect(replayAll(optionsOf(path, store, { rebuilding: taken }))).rejects.toThrow(ReadModelInUseError);
  });
});

describe('a replay of one projection', () => {
  it('makes its tables anew, and no others', async () => {
    const store = await storeOf(...runs(5));
    const path = await liveModel(store);
    const right = dump(path);
    change(path, 'UPDATE worker SET finished = 99; DELETE FROM daily');
    await replayProjection(optionsOf(path, store), 'workers');
    expect(dump(path)).toEqual({ ...right, daily: [] });
    expect(readdirSync(dirname(path)).filter((name) => name.endsWith('.sqlite'))).toHaveLength(2);
  });

  it('goes as far as the read model has come, not as the log', async () => {
    const store = await storeOf(...runs(2));
    const path = await liveModel(store);
    const right = dump(path);
    for (const event of finishedRun({ runId: 9 })) await appendTo(store, event);
    await replayProjection(optionsOf(path, store), 'workers');
    expect(dump(path)).toEqual(right);
  });

  it('is refused while a collector runs', async () => {
    const store = await storeOf(...runs(1));
    const path = await liveModel(store);
    const replaying = replayProjection(optionsOf(path, store, { collector: taken }), 'workers');
    await expect(replaying).rejects.toThrow(ReadModelInUseError);
  });
});

describe('a verification', () => {
  it('finds nothing where the read model is what the log makes, however far it has come', async () => {
    const store = await generatedStore(2000);
    const path = await liveModel(store);
    for (const event of finishedRun({ runId: 9999 })) await appendTo(store, event);
    expect(await verify(optionsOf(path, store, { collector: taken }))).toMatchObject({
      events: 2000,
      difference: null,
    });
    const temporary = readdirSync(dirname(path)).filter((name) => name.endsWith('.sqlite'));
    expect(temporary).toHaveLength(2);
  });

  it.each([
    [
      'a value',
      `UPDATE run SET status = 'fail' WHERE runId = 2`,
      { table: 'run', key: { runId: 2 }, live: { status: 'fail' }, rebuilt: { status: 'pass' } },
    ],
    [
      'a row that should not be there',
      `INSERT INTO package VALUES ('aaa', 'a')`,
      { table: 'package', key: { name: 'aaa' }, rebuilt: null },
    ],
    ['a row that is not there', `DELETE FROM worker`, { table: 'worker', key: { name: 'worker1' }, live: null }],
    ['the last row', `DELETE FROM run WHERE runId = 5`, { table: 'run', key: { runId: 5 }, live: null }],
  ])('finds %s', async (_, sql, difference) => {
    const store = await storeOf(...runs(5));
    const path = await liveModel(store);
    change(path, sql);
    expect((await verify(optionsOf(path, store))).difference).toMatchObject(difference);
    expect(existsSync(path)).toBe(true);
  });

  it('of one projection looks at its tables only', async () => {
    const store = await storeOf(...runs(5));
    const path = await liveModel(store);
    change(path, 'DELETE FROM worker');
    expect((await verify(optionsOf(path, store), 'daily')).difference).toBeNull();
    expect((await verify(optionsOf(path, store), 'workers')).difference).not.toBeNull();
  });
});
