import Database from 'better-sqlite3';

/**
 * One process at a time: an exclusive transaction on a small SQLite file, which the kernel ends with the process,
 * however that ends.
 */
export class ProcessLock {
  private constructor(private readonly db: Database.Database) {}

  /** @returns null where another process (or another part of this one) holds it. */
  static tryAcquire(path: string): ProcessLock | null {
    const db = new Database(path, { timeout: 0 });
    try {
      db.exec('BEGIN EXCLUSIVE');
      return new ProcessLock(db);
    } catch (error) {
      db.close();
      if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return null;
      throw error;
    }
  }

  release(): void {
    this.db.close();
  }
}
