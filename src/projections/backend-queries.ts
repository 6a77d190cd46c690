import type { Sql } from './sql.js';
import type { PackageBackend } from './views.js';

/** Questions about packages that have a backend of their own. */
export class BackendQueries {
  constructor(private readonly sql: Sql) {}

  /** Null: it has none. */
  of(name: string): string | null {
    const row = this.sql.get<{ backend: string | null }>('SELECT backend FROM packageBackend WHERE package = ?', [
      name,
    ]);
    return row?.backend ?? null;
  }

  /** All of them, by name: there are few. */
  all(): PackageBackend[] {
    return this.sql.all(
      'SELECT package, backend, setAt, setBy, reason FROM packageBackend WHERE backend IS NOT NULL ORDER BY package',
    );
  }
}
