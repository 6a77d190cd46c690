import { closeSync, copyFileSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import type { Position } from '../domain/ports/event-store.js';
import { openForReading, openFileForWriting, usabilityOf } from './database.js';
import { ReadModelFiles, removeDatabase } from './files.js';

/** Copied at once, between which other work has its turn. */
const PAGES = 1000;

/**
 * Copies the read model in use into a file, while it is written to: tables and checkpoint of one moment.
 * @param path of the link (files.ts).
 * @returns the place in the log up to which it goes; null: the log's beginning
 * @throws ReadModelUnavailableError; the signal's reason
 */
export async function saveSnapshot(path: string, file: string, signal: AbortSignal): Promise<Position | null> {
  const db = openForReading(path);
  const unfinished = `${file}.tmp`;
  try {
    closeSync(openSync(unfinished, 'w', 0o600));
    // One state for all of it; else SQLite would begin anew whenever the read model changes.
    db.exec('BEGIN');
    const position = db.prepare<[], Position>('SELECT position FROM checkpoint').pluck().get() ?? null;
    const progress = (): number => {
      signal.throwIfAborted();
      return PAGES;
    };
    await db.backup(unfinished, { progress });
    renameSync(unfinished, file);
    return position;
  } finally {
    db.close();
    rmSync(unfinished, { force: true });
  }
}

/**
 * Begins with a snapshot where there is no read model yet, or one of an older schema. To be called under the collector's lock.
 * @returns whether it was used
 * @throws ReadModelUnavailableError where it is none of this schema; a file system's error
 */
export function useSnapshot(path: string, file: string): boolean {
  const files = new ReadModelFiles(path);
  const usability = usabilityOf(files.current());
  if (usability === 'usable' || usability === 'newer') return false;
  const fresh = files.fresh();
  try {
    copyFileSync(file, fresh);
    openFileForWriting(fresh).close();
    const handle = openSync(fresh, 'r');
    fsyncSync(handle);
    closeSync(handle);
    files.use(fresh);
    return true;
  } catch (error) {
    removeDatabase(fresh);
    throw error;
  }
}
