import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import type { Lock } from '../../domain/ports/lock.js';
import { StoreUnavailableError } from '../../domain/ports/event-store.js';

/**
 * A lock that is a file's: an exclusive transaction on an empty database beside the log. The kernel lets go of it when
 * the process dies, and it holds between containers that share the folder.
 */
export class FileLock implements Lock {
  constructor(private readonly path: string) {}

  /** @throws StoreUnavailableError where the file cannot be used */
  tryAcquire(): (() => void) | null {
    const db = this.open();
    try {
      db.exec('BEGIN EXCLUSIVE');
    } catch (error) {
      db.close();
      if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return null;
      throw new StoreUnavailableError(`cannot lock ${this.path}`, { cause: error });
    }
    return () => {
      db.close();
    };
  }

  private open(): Database.Database {
    try {
      mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
      return new Database(this.path, { timeout: 0 });
    } catch (cause) {
      throw new StoreUnavailableError(`cannot open ${this.path}`, { cause });
    }
  }
}
