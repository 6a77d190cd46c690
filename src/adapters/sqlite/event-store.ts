import type Database from 'better-sqlite3';

import type {
  AppendResult,
  EventBatch,
  EventStore,
  ExpectedRevision,
  NewEvent,
  Position,
  ReadAllOptions,
  ReadStreamOptions,
  RecordedEvent,
  SubscribeOptions,
} from '../../domain/ports/event-store.js';
import { CommitSignal } from '../shared/commit-signal.js';
import { follow } from '../shared/follow.js';
import { formatPosition, parsePosition } from '../shared/positions.js';
import { AppendQueue } from './append-queue.js';
import { guarded, openDatabase } from './database.js';
import { EVENT_LOG } from './event-rows.js';
import { logReader, streamReader, walk, WINDOW, type ReadRange } from './read-events.js';

/** How often a waiting subscription looks for commits of other processes. */
const POLL_MS = 25;

/**
 * The log in one SQLite file. Appends share commits (append-queue.ts); reads are short statements, a slice each,
 * so that a slow reader holds nothing open. One process writes (the collector), any number read;
 * more writers are no harm, they only wait for each other.
 */
export class SqliteEventStore implements EventStore {
  readonly #db: Database.Database;
  readonly #appends: AppendQueue;
  readonly #sql: ReturnType<typeof statements>;
  readonly #commits = new CommitSignal(() => this.#watchOthers());
  #othersVersion: number | undefined;

  private constructor(db: Database.Database) {
    this.#db = db;
    this.#sql = guarded(db, () => statements(db));
    this.#othersVersion = guarded(db, () => this.#sql.dataVersion.get());
    this.#appends = new AppendQueue(db, () => {
      this.#commits.ring();
    });
  }

  /**
   * @param path The log's file; made, with its folder, where it is missing.
   * @throws StoreUnavailableError where it cannot be opened; read only, also where it is missing.
   */
  static open(path: string, options: { readonly readOnly?: boolean } = {}): SqliteEventStore {
    return new SqliteEventStore(openDatabase(path, EVENT_LOG, options.readOnly));
  }

  /**
   * @throws WrongRevisionError, StoreUnavailableError as the port says;
   * InvalidInputError where an id is no UUID, or is that of another event, in whatever stream.
   */
  append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<AppendResult> {
    return this.#appends.append(stream, events, expected);
  }

  async *readStream(stream: string, options: ReadStreamOptions = {}): AsyncGenerator<RecordedEvent> {
    const { direction = 'forwards', from, limit = Infinity } = options;
    const head = guarded(this.#db, () => this.#sql.head.get(stream)) ?? -1;
    const [first, last] = direction === 'forwards' ? [from ?? 0, head] : [Math.min(from ?? head, head), 0];
    yield* walk(streamReader(this.#db, stream, direction), direction, { first, last, limit });
  }

  async *readAll(options: ReadAllOptions = {}): AsyncGenerator<RecordedEvent> {
    const { direction = 'forwards', after, limit = Infinity, filter } = options;
    const end = this.#end();
    const place = after === undefined ? undefined : parsePosition(after);
    const [first, last] =
      direction === 'forwards' ? [(place ?? 0) + 1, end] : [Math.min((place ?? end + 1) - 1, end), 1];
    yield* walk(logReader(this.#db, direction, filter), direction, { first, last, limit });
  }

  subscribe(options: SubscribeOptions = {}): AsyncIterable<EventBatch> {
    const { after = 'start', filter, signal } = options;
    const read = logReader(this.#db, 'forwards', filter);
    const tail = {
      readAfter: (position: Position | null) => this.#readAfter(read, position),
      commits: this.#commits,
      isClosed: () => !this.#db.open,
    };
    return follow(tail, after === 'start' ? null : after === 'end' ? this.#last() : after, signal);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the promise rejects where this throws
  async lastPosition(): Promise<Position | null> {
    return this.#last();
  }

  close(): Promise<void> {
    this.#appends.close();
    this.#db.close();
    this.#commits.ring();
    return Promise.resolve();
  }

  /** The number of events. */
  #end(): number {
    return guarded(this.#db, () => this.#sql.end.get()) ?? 0;
  }

  #last(): Position | null {
    const end = this.#end();
    return end === 0 ? null : formatPosition(end);
  }

  #readAfter(read: ReadRange, position: Position | null): EventBatch {
    const after = position === null ? 0 : parsePosition(position);
    const end = this.#end();
    if (after >= end) return { events: [], position, caughtUp: true };
    const { events, through } = read(after + 1, Math.min(after + WINDOW, end), Infinity);
    return { events, position: formatPosition(through), caughtUp: through === end };
  }

  #watchOthers(): () => void {
    const timer = setInterval(() => {
      if (this.#othersCommitted()) this.#commits.ring();
    }, POLL_MS);
    return () => {
      clearInterval(timer);
    };
  }

  /** SQLite's data version changes with commits of other connections only. Where it fails, so will the reader who looks. */
  #othersCommitted(): boolean {
    try {
      const before = this.#othersVersion;
      this.#othersVersion = this.#sql.dataVersion.get();
      return this.#othersVersion !== before;
    } catch {
      return true;
    }
  }
}

function statements(db: Database.Database) {
  return {
    head: db.prepare<[string], number | null>('SELECT max(revision) FROM events WHERE stream = ?').pluck(),
    end: db.prepare<[], number | null>('SELECT max(position) FROM events').pluck(),
    dataVersion: db.prepare<[], number>('PRAGMA data_version').pluck(),
  };
}
