import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { SqliteCheckpointStore } from '../../../src/adapters/sqlite/checkpoint-store.js';
import { SqliteEventStore } from '../../../src/adapters/sqlite/event-store.js';
import { InvalidInputError } from '../../../src/domain/errors.js';
import { StoreUnavailableError, WrongRevisionError, type Position } from '../../../src/domain/ports/event-store.js';
import { collect, ids, newEvent, newEvents, pull, pullUntil } from '../../support/events.js';
import { temporaryFolder } from '../../support/folder.js';

describe('The file of SqliteEventStore', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let path: string;
  const opened: SqliteEventStore[] = [];
  const open = (options?: { readOnly: boolean }): SqliteEventStore => {
    const store = SqliteEventStore.open(path, options);
    opened.push(store);
    return store;
  };
  beforeEach(() => {
    folder = temporaryFolder();
    path = join(folder.path, 'log.db');
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
    folder.remove();
  });

  it('is made for its owner only, with its folder', async () => {
    path = join(folder.path, 'deep', 'er', 'log.db');
    await open().append('test-1', newEvents(1), 'none');
    expect(mode(join(folder.path, 'deep', 'er'))).toBe(0o700);
    for (const file of [path, `${path}-wal`, `${path}-shm`]) expect(mode(file)).toBe(0o600);
  });

  it('keeps the mode that an administrator gave it', () => {
    writeFileSync(path, '');
    chmodSync(path, 0o640);
    open();
    expect(mode(path)).toBe(0o640);
  });

  it('takes appends that wait at the same time in one commit', async () => {
    const store = open();
    const before = commits(path);
    await Promise.all(Array.from({ length: 64 }, (_, n) => store.append(`test-${n}`, newEvents(2), 'none')));
    expect(commits(path) - before).toBe(1);
    await store.append('test-1', newEvents(1), 'any');
    await store.append('test-1', newEvents(1), 'any');
    expect(commits(path) - before).toBe(3);
  });

  it('does not stand still for a huge number of appends: it takes them in several commits', async () => {
    const store = open();
    const before = commits(path);
    await Promise.all(Array.from({ length: 1200 }, (_, n) => store.append(`test-${n}`, newEvents(1), 'none')));
    expect(commits(path) - before).toBe(3);
  });

  it('refuses an id that another event has, in whatever stream, and writes nothing', async () => {
    const store = open();
    const [a, b, c] = newEvents(3);
    await store.append('test-1', [a!, b!], 'none');
    for (const events of [[a!], [c!, a!], [b!, c!], [c!, c!], [{ ...c!, id: a!.id.toUpperCase() }]]) {
      await expect(store.append('test-2', events, 'none')).rejects.toThrow(InvalidInputError);
      await expect(store.append('test-1', events, 1)).rejects.toThrow(InvalidInputError);
    }
    expect(ids(await collect(store.readAll()))).toEqual(ids([a!, b!]));
    expect(await store.append('test-2', [c!], 'none')).toMatchObject({ revision: 0 });
  });

  it('is free for SQLite to tidy up while a reader is slow', async () => {
    const store = open();
    for (let n = 0; n < 3; n++) await store.append('test-1', newEvents(500), 'any');
    const readers = [store.readAll(), store.readStream('test-1')].map((events) => events[Symbol.asyncIterator]());
    for (const reader of readers) await reader.next();
    await pull(store.subscribe()[Symbol.asyncIterator]());

    const other = new Database(path);
    expect(other.pragma('wal_checkpoint(TRUNCATE)')).toEqual([{ busy: 0, log: 0, checkpointed: 0 }]);
    other.close();
    for (const reader of readers) expect((await reader.next()).done).toBe(false);
  });

  it('takes appends while a subscription catches up, however eagerly it is pulled', async () => {
    const store = open();
    await store.append('test-1', newEvents(5000), 'none');
    const batches = store.subscribe()[Symbol.asyncIterator]();
    await pull(batches);
    void store.append('test-2', newEvents(1), 'none');
    const { events } = await pullUntil(batches, (batch) => batch.caughtUp);
    expect(events.at(-1)).toMatchObject({ stream: 'test-2' });
  });

  it('hands over large events a few at a time', async () => {
    const store = open();
    for (let n = 0; n < 12; n++) {
      await store.append('test-1', [newEvent({ data: { log: 'x'.repeat(1024 * 1024) } })], 'any');
    }
    const sizes: number[] = [];
    for await (const batch of store.subscribe()) {
      sizes.push(batch.events.length);
      if (batch.caughtUp) break;
    }
    expect(sizes).toEqual([4, 4, 4]);
    expect(await collect(store.readAll({ direction: 'backwards' }))).toHaveLength(12);
  });

  it('read only: shows what is there and what comes, and refuses appends', async () => {
    const writer = open();
    await writer.append('test-1', newEvents(1), 'none');
    const reader = open({ readOnly: true });
    const batches = reader.subscribe()[Symbol.asyncIterator]();
    expect((await pull(batches)).events).toHaveLength(1);
    const next = pull(batches);
    await writer.append('test-1', newEvents(2), 0);
    expect((await next).events).toHaveLength(2);
    await expect(reader.append('test-1', newEvents(1), 2)).rejects.toThrow(StoreUnavailableError);
    await expect(reader.append('test-1', newEvents(1), 7)).rejects.toThrow(WrongRevisionError);
  });

  it('cannot be opened where it is missing (read only), a folder, no database, or of another version', () => {
    expect(() => open({ readOnly: true })).toThrow(/^the event log is not there: no collector has made \S+ yet$/);
    const folderPath = join(folder.path, 'folder.db');
    mkdirSync(folderPath);
    expect(() => SqliteEventStore.open(folderPath)).toThrow(StoreUnavailableError);
    expect(() => SqliteEventStore.open(join(folder.path, 'folder.db', '\0'))).toThrow(StoreUnavailableError);
    const text = join(folder.path, 'text.db');
    writeFileSync(text, 'This is not a database. '.repeat(100));
    expect(() => SqliteEventStore.open(text)).toThrow(/not a database/);
    const newer = new Database(path);
    newer.pragma('user_version = 2');
    newer.close();
    expect(() => open()).toThrow(/version 2/);
    expect(() => open({ readOnly: true })).toThrow(StoreUnavailableError);
  });

  it('is not the one of the checkpoints', () => {
    SqliteCheckpointStore.open(path).close();
    expect(() => open()).toThrow(StoreUnavailableError);
  });

  it('that is damaged gives an error, never wrong events', async () => {
    const store = open();
    await store.append('test-1', newEvents(200), 'none');
    await store.close();
    const bytes = readFileSync(path);
    bytes.fill(0xa5, 4096);
    writeFileSync(path, bytes);
    const damaged = open();
    await expect(collect(damaged.readAll())).rejects.toThrow(StoreUnavailableError);
    await expect(damaged.append('test-1', newEvents(1), 'any')).rejects.toThrow(StoreUnavailableError);
    await expect(pull(damaged.subscribe()[Symbol.asyncIterator]())).rejects.toThrow(StoreUnavailableError);
  });

  it('that another process keeps locked fails appends, and takes them again afterwards', async () => {
    const store = open();
    const other = new Database(path);
    other.exec('BEGIN IMMEDIATE');
    const error: unknown = await store.append('test-1', newEvents(1), 'none').catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(StoreUnavailableError);
    expect((error as Error).cause).toMatchObject({ code: 'SQLITE_BUSY' });
    expect(await store.lastPosition()).toBeNull();
    other.exec('ROLLBACK');
    other.close();
    expect(await store.append('test-1', newEvents(1), 'none')).toMatchObject({ revision: 0 });
  });

  it('gives positions of 16 digits, without gaps, also after appends that failed', async () => {
    const store = open();
    await store.append('test-1', newEvents(1), 'none');
    const [first] = await collect(store.readAll());
    await Promise.allSettled([
      store.append('test-2', [newEvent(), newEvent({ id: first!.id })], 'none'),
      store.append('test-3', newEvents(1), 5),
    ]);
    const { position } = await store.append('test-2', newEvents(1), 'none');
    expect(position).toBe('0000000000000002');
  });

  it.each(['', 'abc', '1', '-000000000000001', '9999999999999999', '0000000000000001 '])(
    'refuses %j as a position to read after',
    async (after) => {
      const store = open();
      await expect(collect(store.readAll({ after: after as Position }))).rejects.toThrow(InvalidInputError);
      const batches = store.subscribe({ after: after as Position })[Symbol.asyncIterator]();
      await expect(batches.next()).rejects.toThrow(InvalidInputError);
    },
  );
});

function mode(file: string): number {
  return statSync(file).mode & 0o777;
}

/** Commits in the write-ahead log: its frames (24 bytes before each page) whose second word is not 0. */
function commits(file: string): number {
  const wal = readFileSync(`${file}-wal`);
  const pageSize = wal.readUInt32BE(8);
  let count = 0;
  for (let frame = 32; frame < wal.length; frame += 24 + pageSize) if (wal.readUInt32BE(frame + 4) !== 0) count++;
  return count;
}
