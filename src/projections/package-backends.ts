import type Database from 'better-sqlite3';
import { CachedTable } from './cached-table.js';
import type { Change, Fold, Projection } from './projection.js';

interface BackendRow {
  readonly package: string;
  /** Null: it had one, and has it no more. */
  readonly backend: string | null;
  readonly setAt: string;
  readonly setBy: string;
  readonly reason: string | null;
}

/** Which packages were given a backend of their own. */
export const packageBackends: Projection = {
  name: 'package-backends',
  schema: `
CREATE TABLE packageBackend (
  package TEXT PRIMARY KEY, backend TEXT, setAt TEXT NOT NULL, setBy TEXT NOT NULL, reason TEXT
) STRICT, WITHOUT ROWID;
`,
  open,
};

function open(db: Database.Database): Fold {
  const table = new CachedTable<BackendRow>(db, {
    name: 'packageBackend',
    key: ['package'],
    mutable: ['backend', 'setAt', 'setBy', 'reason'],
  });
  return {
    tables: [table],
    apply({ event }: Change) {
      if (event.type !== 'PackageBackendSet') return;
      const { package: name, backend, by, reason } = event.data;
      table.set({ package: name, backend, setAt: event.time, setBy: by, reason }, name);
    },
  };
}
