import { statSync } from 'node:fs';
import type Database from 'better-sqlite3';
import { openForReading, ReadModelUnavailableError } from './database.js';
import type { Source } from './sql.js';

/**
 * The read model in use, for queries. Each look asks the file system (2 µs) whether it is still the same file: after a
 * replay it is another. One that this debci cannot read is not followed: the one that is open goes on answering.
 */
export class FollowedFile implements Source {
  #db: Database.Database | null = null;
  #closed = false;
  /** Of the file that was opened, or found to be of no use. An inode's number is free again only when it is closed. */
  #inode: number | null = null;

  /** @param path of the link (files.ts). */
  constructor(private readonly path: string) {}

  /** @throws ReadModelUnavailableError where there is none yet that this debci can read. */
  current(): Database.Database {
    if (this.#closed) throw new Error(`the read model ${this.path} is closed`);
    const inode = statSync(this.path, { throwIfNoEntry: false })?.ino ?? null;
    if (this.#db !== null && (inode === this.#inode || inode === null)) return this.#db;
    return this.#follow(inode);
  }

  close(): void {
    this.#db?.close();
    this.#closed = true;
  }

  #follow(inode: number | null): Database.Database {
    try {
      const next = openForReading(this.path);
      this.#db?.close();
      this.#db = next;
    } catch (error) {
      if (this.#db === null || !(error instanceof ReadModelUnavailableError)) throw error;
    }
    this.#inode = inode;
    return this.#db;
  }
}
