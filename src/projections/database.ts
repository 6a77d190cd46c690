import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { DebciError } from '../domain/errors.js';
import { SCHEMA } from './projections.js';

/** To be raised with every change of a table or of what a fold writes: then read models are rebuilt from the log. */
export const SCHEMA_VERSION = 3;

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

function remove(path: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
}

/** Schema and version come in one transaction: a crash leaves an empty file, which is version 0. */
function create(path: string): Database.Database {
  mkdirSync(dirname(path), { recursive: true });
  const db = connect(path, {});
  db.pragma('journal_mode = WAL');
  db.transaction(() => {
    db.exec(SCHEMA);
    db.pragma(`user_version = ${SCHEMA_VERSION}`);
  })();
  return db;
}

/**
 * Opens the read model to write it; the one process that projects does. A missing one is made, and one with an older
 * schema (or a damaged one) is thrown away: the projector fills it again from the log.
 * @throws ReadModelUnavailableError also for one that a newer debci made.
 */
export function openForWriting(path: string): Database.Database {
  const db = openCurrent(path) ?? create(path);
  db.pragma('journal_mode = WAL');
  // It can be rebuilt, so a commit lost to a power cut costs nothing but time; the file stays whole.
  db.pragma('synchronous = NORMAL');
  db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  return db;
}

function openCurrent(path: string): Database.Database | null {
  mkdirSync(dirname(path), { recursive: true });
  const db = connect(path, {});
  const version = readVersion(db);
  if (version === SCHEMA_VERSION) return db;
  db.close();
  if (version > SCHEMA_VERSION) throw newer(path, version);
  remove(path);
  return null;
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

function newer(path: string, version: number): ReadModelUnavailableError {
  return new ReadModelUnavailableError(
    `the read model ${path} has schema ${version}, made by a newer debci (this one knows ${SCHEMA_VERSION}); ` +
      'remove it to have it rebuilt',
  );
}

/**
 * Opens the read model for queries, from any process, while another one writes it.
 * @throws ReadModelUnavailableError where there is none of this schema.
 */
export function openForReading(path: string): Database.Database {
  const db = connect(path, { readonly: true, fileMustExist: true });
  const version = readVersion(db);
  if (version === SCHEMA_VERSION) return db;
  db.close();
  if (version > SCHEMA_VERSION) throw newer(path, version);
  throw new ReadModelUnavailableError(`the read model ${path} has an older schema; the collector rebuilds it`);
}
