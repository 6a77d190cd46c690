import type Database from 'better-sqlite3';
import type { Position, RecordedEvent } from '../domain/ports/event-store.js';
import { upcast } from '../domain/upcast.js';
import type { FlushableTable } from './cached-table.js';
import { PackageStatusTable } from './package-status.js';
import type { Change, Fold } from './projection.js';
import { PROJECTIONS } from './projections.js';
import { RunTable } from './runs.js';

/** Writes the read model: events in, rows out, in batches that happen wholly or not at all. */
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
      return this.#apply(events, position);
    } finally {
      for (const table of this.#tables) table.clear();
    }
  }

  #applyAll(events: readonly RecordedEvent[], position: Position): Change[] {
    const changes = events.map((event) => this.#fold(event));
    for (const table of this.#tables) table.flush();
    this.#saveCheckpoint.run(position);
    return changes;
  }

  #fold(recorded: RecordedEvent): Change {
    const event = { ...recorded, ...upcast(recorded) };
    const run = this.#runs.apply(event);
    const change = { event, run, place: run && this.#statuses.apply(run) };
    for (const fold of this.#folds) fold.apply(change);
    return change;
  }
}
