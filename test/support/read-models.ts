import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { TestRunEvent } from '../../src/domain/events.js';
import type { RecordedEvent } from '../../src/domain/ports/event-store.js';
import { openForReading, openForWriting } from '../../src/projections/database.js';
import { openReadModel, type ReadModel } from '../../src/projections/read-model.js';
import { ReadModelWriter } from '../../src/projections/writer.js';
import { RecordedEvents } from './event-log.js';

/** A folder of its own, removed when the test has finished. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'debci-test-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** Where a new read model may be made. */
export function readModelPath(): string {
  return join(temporaryFolder(), 'read-model.sqlite');
}

/** Writes events in batches of these sizes; what is left over comes in one last batch. */
export function project(path: string, events: readonly RecordedEvent[], batchSizes: readonly number[] = []): void {
  const db = openForWriting(path);
  const writer = new ReadModelWriter(db);
  let done = 0;
  for (const size of [...batchSizes, events.length]) {
    const batch = events.slice(done, done + size);
    done += batch.length;
    const last = batch.at(-1);
    if (last) writer.apply(batch, last.position);
  }
  db.close();
}

/** A read model of what these events tell. */
export function readModelOf(...events: TestRunEvent[]): ReadModel {
  const log = new RecordedEvents();
  for (const event of events) log.append(event);
  return readModelOfLog(log.events);
}

export function readModelOfLog(events: readonly RecordedEvent[]): ReadModel {
  const path = readModelPath();
  project(path, events);
  const readModel = openReadModel(path);
  onTestFinished(() => {
    readModel.close();
  });
  return readModel;
}

/** Asks a read model of these events, which is then thrown away. */
export function withReadModelOf<Result>(events: readonly RecordedEvent[], ask: (model: ReadModel) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), 'debci-test-'));
  const path = join(folder, 'read-model.sqlite');
  project(path, events);
  const readModel = openReadModel(path);
  try {
    return ask(readModel);
  } finally {
    readModel.close();
    rmSync(folder, { recursive: true });
  }
}

/** All rows of all tables, by primary key: what two read models are compared by. */
export function dump(path: string): Record<string, unknown[]> {
  const db = openForReading(path);
  const tables = db
    .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`)
    .pluck()
    .all() as string[];
  const rows = tables.map((table) => [table, db.prepare(`SELECT * FROM ${table}`).all()]);
  db.close();
  return Object.fromEntries(rows) as Record<string, unknown[]>;
}
