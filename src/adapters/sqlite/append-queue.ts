import Database from 'better-sqlite3';

import {
  StoreUnavailableError,
  WrongRevisionError,
  type AppendResult,
  type ExpectedRevision,
  type NewEvent,
} from '../../domain/ports/event-store.js';
import { checkEvents, firstAnswer, isExpected, takenId, type Place } from '../shared/append-rules.js';
import { formatPosition } from '../shared/positions.js';
import { guarded, unavailable } from './database.js';

/** An append that waits for its turn. */
interface Append {
  readonly stream: string;
  readonly events: readonly NewEvent[];
  /** Data and metadata as JSON, an event each. Made early: the caller may change its objects. */
  readonly texts: readonly (readonly [data: string, metadata: string])[];
  readonly expected: ExpectedRevision;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: unknown) => void;
}

type Outcome = { readonly result: AppendResult } | { readonly error: unknown };

/** Appends in one commit; bounds how long the process stands still for it. */
const MAX_GROUP = 500;

/**
 * Group commit. Appends that come in one turn of the event loop wait for its end and share one transaction,
 * hence one fsync: it is what an append costs, and what 64 cost together.
 *
 *     append ─> queue ─(end of turn)─> BEGIN IMMEDIATE; each append in a savepoint; COMMIT ─> all promises settle
 *
 * An append that breaks a rule fails alone. Where SQLite fails (disk full, I/O error, busy …), the whole group does,
 * and nothing of it is in the log.
 */
export class AppendQueue {
  #queue: Append[] = [];
  #closed = false;
  readonly #sql: ReturnType<typeof statements>;
  readonly #appendAll: Database.Transaction<(group: readonly Append[]) => Outcome[]>;
  readonly #insertAll: (append: Append, revision: number) => AppendResult;

  /** @param committed Called after each commit. */
  constructor(
    db: Database.Database,
    private readonly committed: () => void,
  ) {
    this.#sql = guarded(db, () => statements(db));
    this.#insertAll = db.transaction((append: Append, revision: number) => this.#insert(append, revision));
    this.#appendAll = db.transaction((group: readonly Append[]) => group.map((one) => this.#outcome(one)));
  }

  append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new StoreUnavailableError('the event store is closed');
      checkEvents(events);
      const texts = events.map(({ data, metadata }) => [JSON.stringify(data), JSON.stringify(metadata)] as const);
      if (this.#queue.push({ stream, events, texts, expected, resolve, reject }) === 1) setImmediate(this.#flush);
    });
  }

  /** Writes what waits. Later appends are refused. */
  close(): void {
    this.#closed = true;
    while (this.#queue.length > 0) this.#flush();
  }

  readonly #flush = (): void => {
    const group = this.#queue.slice(0, MAX_GROUP);
    this.#queue = this.#queue.slice(MAX_GROUP);
    if (group.length === 0) return;
    if (this.#queue.length > 0) setImmediate(this.#flush);
    this.#commit(group);
  };

  #commit(group: readonly Append[]): void {
    try {
      const outcomes = this.#appendAll.immediate(group);
      outcomes.forEach((outcome, n) => {
        if ('result' in outcome) group[n]?.resolve(outcome.result);
        else group[n]?.reject(outcome.error);
      });
      this.committed();
    } catch (error) {
      for (const { reject } of group) reject(unavailable(error));
    }
  }

  /** An error of SQLite's that is not the append's own fault ends the transaction. */
  #outcome(append: Append): Outcome {
    try {
      return { result: this.#appendOne(append) };
    } catch (error) {
      if (error instanceof Database.SqliteError) throw error;
      return { error };
    }
  }

  #appendOne(append: Append): AppendResult {
    const { stream, events, expected } = append;
    const actual = this.#sql.head.get(stream) ?? null;
    if (!isExpected(expected, actual)) {
      const repeated = firstAnswer(this.#find, stream, events, expected);
      if (repeated === undefined) throw new WrongRevisionError(stream, expected, actual);
      return repeated;
    }
    try {
      return this.#insertAll(append, actual === null ? 0 : actual + 1);
    } catch (error) {
      if (!isTakenId(error)) throw error;
      const repeated = firstAnswer(this.#find, stream, events, expected);
      if (repeated === undefined) throw takenId(events);
      return repeated;
    }
  }

  #insert({ stream, events, texts }: Append, firstRevision: number): AppendResult {
    let revision = firstRevision - 1;
    let position = 0;
    for (const [n, { id, type, schemaVersion, time }] of events.entries()) {
      const row = [stream, ++revision, id, type, schemaVersion, time, ...(texts[n] ?? [])];
      position = Number(this.#sql.insert.run(row).lastInsertRowid);
    }
    return { revision, position: formatPosition(position) };
  }

  readonly #find = (id: string): Place | undefined => {
    const row = this.#sql.find.get(id);
    return row && { ...row, position: formatPosition(row.position) };
  };
}

function isTakenId(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code === 'SQLITE_CONSTRAINT_UNIQUE';
}

function statements(db: Database.Database) {
  return {
    head: db.prepare<[string], number | null>('SELECT max(revision) FROM events WHERE stream = ?').pluck(),
    insert: db.prepare(
      `INSERT INTO events (stream, revision, id, type, schema_version, time, data, metadata)
       VALUES (?, ?, unhex(?, '-'), ?, ?, ?, ?, ?)`,
    ),
    find: db.prepare<[string], Omit<Place, 'position'> & { position: number }>(
      `SELECT stream, revision, position FROM events WHERE id = unhex(?, '-')`,
    ),
  };
}
