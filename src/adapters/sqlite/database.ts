import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

import Database from 'better-sqlite3';

import { StoreUnavailableError } from '../../domain/ports/event-store.js';

/** What a file of ours holds. */
export interface Schema {
  /** For messages: `the event log`. */
  readonly name: string;
  /** Kept in PRAGMA user_version; 1 or more. A change of `sql` is a new version. */
  readonly version: number;
  readonly sql: string;
}

/** How long a call waits (and this process with it) while another process writes. Its commits take milliseconds. */
const BUSY_TIMEOUT_MS = 2000;

/** Some MiB of log before it is copied into the file: a third fewer writes than SQLite's 1,000 pages, measured. */
const CHECKPOINT_PAGES = 4000;
/** What the `-wal` file is cut back to when a slow reader had let it grow. */
const WAL_KEPT_BYTES = 64 * 1024 * 1024;

/**
 * Opens a file whose commits survive a loss of power, and makes it, for its owner only, where it is missing.
 * Read only: the file must be there.
 * @throws StoreUnavailableError where that cannot be done, or the file is of another version.
 */
export function openDatabase(path: string, schema: Schema, readOnly = false): Database.Database {
  if (readOnly && !existsSync(path)) {
    throw new StoreUnavailableError(`${schema.name} is not there: no collector has made ${path} yet`);
  }
  try {
    if (!readOnly) touch(path);
    const db = new Database(path, { readonly: readOnly, timeout: BUSY_TIMEOUT_MS });
    try {
      prepare(db, schema, readOnly);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (cause) {
    throw new StoreUnavailableError(`cannot open ${path}, ${schema.name}: ${reason(cause)}`, { cause });
  }
}

/** Our error for one of SQLite's; any other passes as it is. */
export function unavailable(error: unknown): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  return new StoreUnavailableError(`${error.message} (${error.code})`, { cause: error });
}

/**
 * Runs what uses the database.
 * @throws StoreUnavailableError where SQLite fails, or the database is closed.
 */
export function guarded<Result>(db: Database.Database, work: () => Result): Result {
  if (!db.open) throw new StoreUnavailableError(`${db.name} is closed`);
  try {
    return work();
  } catch (error) {
    throw unavailable(error);
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** SQLite would make the file readable for all; its `-wal` and `-shm` get the mode of the file. */
function touch(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600));
}

function prepare(db: Database.Database, schema: Schema, readOnly: boolean): void {
  if (!readOnly) {
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    db.pragma(`journal_size_limit = ${WAL_KEPT_BYTES}`);
    create(db, schema);
  }
  const version = versionOf(db);
  if (version !== schema.version) throw new Error(`it has version ${version}, this debci has ${schema.version}`);
}

/** In one transaction, since another process may be opening the new file too. */
function create(db: Database.Database, { sql, version }: Schema): void {
  const createOnce = db.transaction(() => {
    if (versionOf(db) !== 0) return;
    db.exec(sql);
    db.pragma(`user_version = ${version}`);
  });
  createOnce.immediate();
}

function versionOf(db: Database.Database): number {
  return db.pragma('user_version', { simple: true }) as number;
}
