import type Database from 'better-sqlite3';
import type { Position, RecordedEvent } from '../domain/ports/event-store.js';
import { upcast } from '../domain/upcast.js';
import type { FlushableTable } from './cached-table.js';
import type { LoggedEvent } from './logged-event.js';
import { PackageStatusTable } from './package-status.js';
import type { Change, Fold } from './projection.js';
import { PROJECTIONS } from './projections.js';
import { RunTable } from './runs.js';

/** Writes the read model: events in, rows out, in batches that happen wholly or not at all. The one who writes it. */
export class ReadModelWriter {
  readonly #runs: RunTable;
  readonly #statuses: PackageStatusTable;
  readonly #folds: readonly Fold[];
  readonly #tables: readonly FlushableTable[];
  readonly #apply: (events: readonly RecordedEvent[], position: Position) => Change[];
  readonly #checkpoint: Database.Statement<[], { position: Position }>;
  readonly #saveCheckpoint: Database.Statement<[Position]>;

  /** @param db from `openForWriting`. */
  constructor(db: Database.Database) {
    this.#runs = new RunTable(db);
    this.#statuses = new PackageStatusTable(db, this.#runs);
    this.#folds = PROJECTIONS.map((projection) => projection.open(db));
    this.#tables = [this.#runs, this.#statuses, ...this.#folds.flatMap((fold) => fold.tables)];
    this.#checkpoint = db.prepare('SELECT position FROM checkpoint');
    this.#saveCheckpoint = db.prepare(
      'INSERT INTO checkpoint VALUES (1, ?) ON CONFLICT DO UPDATE SET position = excluded.position',
    );
    this.#apply = db.transaction(this.#applyAll.bind(this));
  }

  /** How far it has come; null: nowhere yet. */
  checkpoint(): Position | null {
    return this.#checkpoint.get()?.position ?? null;
  }

  /**
   * Applies events that follow the checkpoint, and moves it, in one transaction.
   * @throws UnreadableEventError; then nothing was changed.
   */
  apply(events: readonly RecordedEvent[], position: Position): Change[] {
    try {
      const changes = this.#apply(events, position);
      for (const table of this.#tables) table.trim();
      return changes;
    } catch (error) {
      for (const table of this.#tables) table.clear();
      throw error;
    }
  }

  /** Applies one event in a transaction of the caller's; what it changed is written at the latest by `flush`. */
  fold(recorded: RecordedEvent): Change {
    const event = today(recorded);
    const run = this.#runs.apply(event);
    const change = { event, run, place: run && this.#statuses.apply(run) };
    for (const fold of this.#folds) fold.apply(change);
    return change;
  }

  /** Keeps memory small between `fold`s: writes and forgets what has not been touched for long. */
  trim(): void {
    for (const table of this.#tables) table.trim();
  }

  /** Writes all that was folded, and moves the checkpoint. */
  flush(position: Position): void {
    for (const table of this.#tables) table.flush();
    this.#saveCheckpoint.run(position);
  }

  #applyAll(events: readonly RecordedEvent[], position: Position): Change[] {
    const changes = events.map((event) => this.fold(event));
    this.flush(position);
    return changes;
  }
}

/** The event itself where its shape is today's already, as nearly all are. */
function today(recorded: RecordedEvent): LoggedEvent {
  const upcasted = upcast(recorded);
  return (upcasted as object) === recorded ? (recorded as LoggedEvent) : { ...recorded, ...upcasted };
}
