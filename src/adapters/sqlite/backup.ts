import { closeSync, openSync, renameSync, rmSync } from 'node:fs';

import { StoreUnavailableError } from '../../domain/ports/event-store.js';
import { openDatabase } from './database.js';
import { EVENT_LOG } from './event-rows.js';

/** Copied at once, between which other work has its turn. */
const PAGES = 1000;

/**
 * Copies a log's file while it is written to: what the log held when this began. The copy is there whole, or not at all;
 * an older one of the name is replaced.
 * @throws StoreUnavailableError; the signal's reason.
 */
export async function backUpLog(path: string, copy: string, signal: AbortSignal): Promise<void> {
  const db = openDatabase(path, EVENT_LOG, true);
  const unfinished = `${copy}.tmp`;
  try {
    closeSync(openSync(unfinished, 'w', 0o600));
    // Without a transaction that holds one state of the file, SQLite would begin anew with each commit of the collector's.
    db.exec('BEGIN');
    db.prepare('SELECT max(position) FROM events').get();
    const progress = (): number => {
      signal.throwIfAborted();
      return PAGES;
    };
    await db.backup(unfinished, { progress });
    renameSync(unfinished, copy);
  } catch (cause) {
    signal.throwIfAborted();
    throw new StoreUnavailableError(`${path} cannot be copied to ${copy}: ${String(cause)}`, { cause });
  } finally {
    db.close();
    rmSync(unfinished, { force: true });
  }
}
