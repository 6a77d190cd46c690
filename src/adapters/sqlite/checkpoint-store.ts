import type Database from 'better-sqlite3';

import type { CheckpointStore } from '../../domain/ports/checkpoint-store.js';
import type { Position } from '../../domain/ports/event-store.js';
import { guarded, openDatabase, type Schema } from './database.js';

const CHECKPOINTS: Schema = {
  name: 'the checkpoints',
  version: 1,
  sql: 'CREATE TABLE checkpoints (name TEXT PRIMARY KEY, position TEXT NOT NULL) STRICT, WITHOUT ROWID;',
};

/** Checkpoints in a small SQLite file of their own: not the log's, which only appends change. */
export class SqliteCheckpointStore implements CheckpointStore {
  readonly #load: Database.Statement<[string], Position>;
  readonly #save: Database.Statement<[string, Position]>;

  private constructor(private readonly db: Database.Database) {
    this.#load = db.prepare<[string], Position>('SELECT position FROM checkpoints WHERE name = ?').pluck();
    this.#save = db.prepare(
      'INSERT INTO checkpoints VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET position = excluded.position',
    );
  }

  /**
   * @param path The file; made, with its folder, where it is missing.
   * @throws StoreUnavailableError where it cannot be opened. So do load and save where SQLite fails.
   */
  static open(path: string): SqliteCheckpointStore {
    const db = openDatabase(path, CHECKPOINTS);
    return guarded(db, () => new SqliteCheckpointStore(db));
  }

  load(name: string): Position | null {
    return guarded(this.db, () => this.#load.get(name)) ?? null;
  }

  save(name: string, position: Position): void {
    guarded(this.db, () => this.#save.run(name, position));
  }

  close(): void {
    this.db.close();
  }
}
