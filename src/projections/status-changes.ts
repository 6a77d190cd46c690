import type Database from 'better-sqlite3';
import type { Status } from '../domain/verdict.js';
import { CachedTable } from './cached-table.js';
import type { Change, Fold, Projection } from './projection.js';

interface StatusChangeRow {
  /** Of the event that changed it. */
  readonly position: string;
  readonly runId: number;
  readonly package: string;
  readonly suite: string;
  readonly arch: string;
  readonly status: Status;
  readonly previousStatus: Status | null;
}

/**
 * Each time that a package's status became another one (its first included), at its place in the log.
 * Unlike news it holds tmpfails, and what once was true stays, whatever runs go in between later.
 */
export const statusChanges: Projection = {
  name: 'status-changes',
  schema: `
CREATE TABLE statusChange (
  position TEXT PRIMARY KEY, runId INTEGER NOT NULL, package TEXT NOT NULL, suite TEXT NOT NULL, arch TEXT NOT NULL,
  status TEXT NOT NULL, previousStatus TEXT
) STRICT, WITHOUT ROWID;
`,
  open,
};

function open(db: Database.Database): Fold {
  const table = new CachedTable<StatusChangeRow>(db, {
    name: 'statusChange',
    key: ['position'],
    fixed: ['runId', 'package', 'suite', 'arch', 'status'],
    mutable: ['previousStatus'],
  });
  return {
    tables: [table],
    apply({ event: { position }, run, place }: Change) {
      // Only the newest run makes a status.
      if (!run || place?.next !== null) return;
      const { runId, package: name, suite, arch, status } = run.after;
      const previousStatus = place.previous?.status ?? null;
      if (status === null || status === previousStatus) return;
      table.add({ position, runId, package: name, suite, arch, status, previousStatus }, position);
    },
  };
}
