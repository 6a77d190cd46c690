import type Database from 'better-sqlite3';
import { CachedTable } from './cached-table.js';
import type { Change, Fold, Projection } from './projection.js';

interface RemovalRow {
  readonly package: string;
  readonly suite: string;
  readonly arch: string;
  /** Null: it has returned. */
  readonly removedAt: string | null;
}

/** SQL: the status `s` is of a package that the archive has, as far as anybody has looked. */
export const IN_ARCHIVE = `NOT EXISTS (SELECT 1 FROM removal m
  WHERE m.package = s.package AND m.suite = s.suite AND m.arch = s.arch AND m.removedAt IS NOT NULL)`;

/** SQL: when the archive lost the package of the status `s`; null where it has it. */
export const REMOVED_AT = `(SELECT m.removedAt FROM removal m
  WHERE m.package = s.package AND m.suite = s.suite AND m.arch = s.arch)`;

/** Which packages their archives have no more. */
export const removals: Projection = {
  name: 'removals',
  schema: `
CREATE TABLE removal (
  package TEXT NOT NULL, suite TEXT NOT NULL, arch TEXT NOT NULL, removedAt TEXT,
  PRIMARY KEY (package, suite, arch)
) STRICT, WITHOUT ROWID;
CREATE INDEX removal_platform ON removal (suite, arch, package, removedAt) WHERE removedAt IS NOT NULL;
`,
  open,
};

function open(db: Database.Database): Fold {
  const table = new CachedTable<RemovalRow>(db, {
    name: 'removal',
    key: ['package', 'suite', 'arch'],
    mutable: ['removedAt'],
  });
  return {
    tables: [table],
    apply({ event }: Change) {
      if (event.type !== 'PackageRemoved' && event.type !== 'PackageReturned') return;
      const { package: name, suite, arch } = event.data;
      const removedAt = event.type === 'PackageRemoved' ? event.time : null;
      table.set({ package: name, suite, arch, removedAt }, name, suite, arch);
    },
  };
}
