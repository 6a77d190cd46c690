import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import Database from 'better-sqlite3';

import { SqliteEventStore } from '../src/adapters/sqlite/event-store.js';
import { newEventId } from '../src/application/event-id.js';
import type { EventMetadata, NewEvent } from '../src/domain/ports/event-store.js';
import { benchEventStoreDb } from './eventstoredb.js';
import { compare, rate, type Comparison } from './harness.js';

/** The share of a bare better-sqlite3 loop that the adapter must reach. */
const BOUND = 0.6;
const ROUNDS = 5;
const APPENDERS = 64;
const APPENDS = 64 * 500;
const READS = 100_000;
const EVENTS_A_STREAM = 4;

/**
 * The SQLite log's append and read rates, in events a second, each beside a bare better-sqlite3 loop on the same table
 * with the same settings and the same ids: as many rows a transaction as there are appenders; rows read with both
 * JSON columns parsed.
 */
export async function benchEventStore(): Promise<Comparison[]> {
  const folder = mkdtempSync(join(tmpdir(), 'debci-bench-'));
  try {
    const files = new Files(folder);
    const append = await compare(
      `log: append, ${APPENDERS} at once, 400 bytes`,
      BOUND,
      ROUNDS,
      () => appendOurs(files.next()),
      () => appendBare(files.next()),
    );
    const log = await filledLog(files.next());
    const read = await compare(
      'log: read all of 100,000',
      BOUND,
      ROUNDS,
      () => readOurs(log),
      () => readBare(log),
    );
    const catchUp = await compare(
      'log: catch up with 100,000',
      BOUND,
      ROUNDS,
      () => catchUpOurs(log),
      () => readBare(log),
    );
    return [append, read, catchUp, ...(await benchEventStoreDb(newEvents))];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

class Files {
  #count = 0;
  constructor(private readonly folder: string) {}

  next(): string {
    return join(this.folder, `${++this.#count}.db`);
  }
}

const METADATA: EventMetadata = { actor: 'collector', causationId: randomUUID(), correlationId: randomUUID() };
const FRAME_BYTES = JSON.stringify({ runId: 1_000_000, padding: '' }).length;

function stream(n: number): string {
  return `test-${Math.floor(n / EVENTS_A_STREAM)}`;
}

/** Made before the clock runs. */
function newEvents(count: number): NewEvent[] {
  return Array.from({ length: count }, (_, n) => {
    const now = new Date();
    const data = { runId: 1_000_000 + n, padding: 'x'.repeat(400 - FRAME_BYTES) };
    const common = { type: 'TestFinished', schemaVersion: 1, metadata: METADATA };
    return { ...common, id: newEventId(now), time: now.toISOString(), data };
  });
}

async function appendOurs(path: string): Promise<number> {
  const store = SqliteEventStore.open(path);
  const remaining = newEvents(APPENDS).entries();
  const appender = async (): Promise<void> => {
    for (const [n, event] of remaining) await store.append(stream(n), [event], 'any');
  };
  const result = await rate(APPENDS, () => Promise.all(Array.from({ length: APPENDERS }, appender)));
  await store.close();
  return result;
}

async function appendBare(path: string): Promise<number> {
  // The adapter makes the table, so that both write the same one.
  await SqliteEventStore.open(path).close();
  const db = new Database(path);
  db.pragma('synchronous = FULL');
  db.pragma('wal_autocheckpoint = 4000');
  const insert = db.prepare(
    `INSERT INTO events (stream, revision, id, type, schema_version, time, data, metadata)
     VALUES (?, ?, unhex(?, '-'), ?, ?, ?, ?, ?)`,
  );
  const events = newEvents(APPENDS);
  const insertGroup = db.transaction((first: number) => {
    for (const [n, event] of events.slice(first, first + APPENDERS).entries()) {
      const { id, type, schemaVersion, time } = event;
      const texts = [JSON.stringify(event.data), JSON.stringify(event.metadata)];
      insert.run(stream(first + n), n % EVENTS_A_STREAM, id, type, schemaVersion, time, ...texts);
    }
  });
  const result = await rate(APPENDS, () => {
    for (let n = 0; n < APPENDS; n += APPENDERS) insertGroup.immediate(n);
  });
  db.close();
  return result;
}

async function filledLog(path: string): Promise<string> {
  const store = SqliteEventStore.open(path);
  await Promise.all(newEvents(READS).map((event, n) => store.append(stream(n), [event], 'any')));
  await store.close();
  return path;
}

async function readOurs(path: string): Promise<number> {
  const store = SqliteEventStore.open(path);
  let count = 0;
  const result = await rate(READS, async () => {
    for await (const { metadata } of store.readAll()) if (metadata.actor === METADATA.actor) count++;
  });
  await store.close();
  return checked(count, result);
}

async function catchUpOurs(path: string): Promise<number> {
  const store = SqliteEventStore.open(path);
  let count = 0;
  const result = await rate(READS, async () => {
    for await (const { events, caughtUp } of store.subscribe()) {
      for (const { metadata } of events) if (metadata.actor === METADATA.actor) count++;
      if (caughtUp) return;
    }
  });
  await store.close();
  return checked(count, result);
}

async function readBare(path: string): Promise<number> {
  const db = new Database(path, { readonly: true });
  const rows = db.prepare<[], { data: string; metadata: string }>('SELECT * FROM events ORDER BY position');
  let count = 0;
  const result = await rate(READS, () => {
    for (const row of rows.iterate()) {
      JSON.parse(row.data);
      if ((JSON.parse(row.metadata) as EventMetadata).actor === METADATA.actor) count++;
    }
  });
  db.close();
  return checked(count, result);
}

function checked(count: number, result: number): number {
  if (count !== READS) throw new Error(`read ${count} events, not ${READS}`);
  return result;
}
