import { closeSync, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { DebciError } from '../domain/errors.js';
import { ReadModelFiles } from './files.js';
import { SCHEMA } from './projections.js';

/** To be raised with every change of a table or of what a fold writes: then read models are rebuilt from the log. */
export const SCHEMA_VERSION = 7;

/** There is no read model yet, or not one that this debci can use, or it cannot be opened. */
export class ReadModelUnavailableError extends DebciError {
  readonly code = 'E_READ_MODEL';
}

const PAGE_CACHE_KIB = 64 * 1024;
const BUSY_TIMEOUT_MS = 5000;
/** 16 MiB: pages that many batches touch are written back once for all of them. */
const CHECKPOINT_PAGES = 4000;

function versionOf(db: Database.Database): number {
  return db.pragma('user_version', { simple: true }) as number;
}

function connect(path: string, options: Database.Options): Database.Database {
  try {
    const db = new Database(path, { timeout: BUSY_TIMEOUT_MS, ...options });
    db.pragma(`cache_size = -${PAGE_CACHE_KIB}`);
    return db;
  } catch (cause) {
    throw new ReadModelUnavailableError(`cannot open the read model ${path}`, { cause });
  }
}

/** Schema and version come in one transaction: a crash leaves an empty file, which is version 0. */
function create(file: string): Database.Database {
  const db = connect(file, {});
  db.pragma('journal_mode = WAL');
  db.transaction(() => {
    makeSchema(db);
  })();
  return db;
}

function makeSchema(db: Database.Database): void {
  db.exec(SCHEMA);
  db.pragma(`user_version = ${SCHEMA_VERSION}`);
}

/**
 * Opens the read model in use to write it, and makes an empty one where there is none.
 * @param path of the link (files.ts).
 * @throws ReadModelUnavailableError for one of another schema.
 */
export function openForWriting(path: string): Database.Database {
  mkdirSync(dirname(path), { recursive: true });
  const files = new ReadModelFiles(path);
  const current = files.current();
  if (current !== null) return openFileForWriting(current);
  const file = files.fresh();
  const db = create(file);
  files.use(file);
  return tuned(db);
}

/** @throws ReadModelUnavailableError for a file that is not of this schema. */
export function openFileForWriting(file: string): Database.Database {
  const db = connect(file, { fileMustExist: true });
  return tuned(ofThisSchema(db));
}

function tuned(db: Database.Database): Database.Database {
  db.pragma('journal_mode = WAL');
  // It can be rebuilt, so a commit lost to a power cut costs nothing but time; the file stays whole.
  db.pragma('synchronous = NORMAL');
  db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  return db;
}

/** What a file is to a debci of this schema. */
export type Usability = 'usable' | 'absent' | 'older' | 'newer';

export function usabilityOf(file: string | null): Usability {
  if (file === null || !existsSync(file)) return 'absent';
  const db = connect(file, { readonly: true });
  try {
    const version = readVersion(db);
    if (version === SCHEMA_VERSION) return 'usable';
    return version > SCHEMA_VERSION ? 'newer' : 'older';
  } finally {
    db.close();
  }
}

/**
 * Makes a new file to be filled at once, in one transaction that the caller ends with `finishBulk`. Nobody else may open
 * it meanwhile, and a crash leaves it unusable: that is what makes it fast.
 */
export function createForBulk(file: string): Bulk {
  const db = connect(file, {});
  for (const setting of ['journal_mode = OFF', 'synchronous = OFF', 'locking_mode = EXCLUSIVE']) db.pragma(setting);
  db.exec('BEGIN');
  makeSchema(db);
  return { db, laterIndices: dropIndices(db) };
}

export interface Bulk {
  readonly db: Database.Database;
  /** SQL that makes the indices that are made at the end: sorted once, they are written in order. */
  readonly laterIndices: readonly string[];
}

/** All but the one that the folds look into. */
function dropIndices(db: Database.Database): string[] {
  const indices = db
    .prepare<[], { name: string; sql: string }>(
      `SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND name <> 'run_history'`,
    )
    .all();
  for (const { name } of indices) db.exec(`DROP INDEX ${name}`);
  return indices.map(({ sql }) => sql);
}

/** Makes the file whole, durable, and like any other read model. Closes it. */
export function finishBulk({ db, laterIndices }: Bulk): void {
  for (const sql of laterIndices) db.exec(sql);
  db.exec('COMMIT');
  db.pragma('locking_mode = NORMAL');
  db.pragma('journal_mode = WAL');
  db.close();
  const handle = openSync(db.name, 'r');
  fsyncSync(handle);
  closeSync(handle);
}

/** A file that is no database counts as version 0. */
function readVersion(db: Database.Database): number {
  try {
    return versionOf(db);
  } catch (error) {
    if (error instanceof Database.SqliteError && /NOTADB|CORRUPT/.test(error.code)) return 0;
    throw new ReadModelUnavailableError(`cannot read the read model ${db.name}`, { cause: error });
  }
}

function ofThisSchema(db: Database.Database): Database.Database {
  const version = readVersion(db);
  if (version === SCHEMA_VERSION) return db;
  db.close();
  const what =
    version > SCHEMA_VERSION ? 'was made by a newer debci' : 'has an older schema; the collector rebuilds it';
  throw new ReadModelUnavailableError(
    `the read model ${db.name} ${what} (its schema is ${version}, this debci's ${SCHEMA_VERSION})`,
  );
}

/**
 * Opens the read model for queries, from any process, while another one writes it.
 * @throws ReadModelUnavailableError where there is none of this schema.
 */
export function openForReading(path: string): Database.Database {
  return ofThisSchema(connect(path, { readonly: true, fileMustExist: true }));
}
