import type Database from 'better-sqlite3';
import { packagePrefix } from '../domain/job.js';
import { CachedTable } from './cached-table.js';
import type { Change, Fold, Projection } from './projection.js';

interface PackageRow {
  readonly name: string;
  readonly prefix: string;
}

interface PrefixRow {
  readonly prefix: string;
  readonly packages: number;
}

/** The packages that have a public run, and how many each prefix holds. */
export const packages: Projection = {
  name: 'packages',
  schema: `
CREATE TABLE package (name TEXT PRIMARY KEY, prefix TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX package_prefix ON package (prefix, name);
CREATE TABLE prefix (prefix TEXT PRIMARY KEY, packages INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`,
  open,
};

function open(db: Database.Database): Fold {
  const names = new CachedTable<PackageRow>(db, { name: 'package', key: ['name'], mutable: ['prefix'] });
  const prefixes = new CachedTable<PrefixRow>(db, { name: 'prefix', key: ['prefix'], mutable: ['packages'] });
  return {
    tables: [names, prefixes],
    apply({ run }: Change) {
      const appeared = run !== null && run.after.hidden === 0 && (run.before === null || run.before.hidden === 1);
      if (!appeared) return;
      const name = run.after.package;
      if (names.get(name)) return;
      const prefix = packagePrefix(name);
      names.set({ name, prefix }, name);
      prefixes.set({ prefix, packages: (prefixes.get(prefix)?.packages ?? 0) + 1 }, prefix);
    },
  };
}
