import type Database from 'better-sqlite3';
import type { Status } from '../domain/verdict.js';
import { CachedTable } from './cached-table.js';
import type { Change, Fold, Projection } from './projection.js';

interface FlipRow {
  readonly runId: number;
  readonly package: string;
  readonly suite: string;
  readonly arch: string;
  readonly endedAt: string;
  readonly status: Status;
  /** Null: a flip no longer, since a run went in between. */
  readonly previousStatus: Status | null;
}

/**
 * Flaky tests: a result that differs from the one before it though version and testbed (its list of packages) are the
 * same. Of runs that count, tmpfails aside.
 */
export const flips: Projection = {
  name: 'flips',
  schema: `
CREATE TABLE flip (
  runId INTEGER PRIMARY KEY, package TEXT NOT NULL, suite TEXT NOT NULL, arch TEXT NOT NULL, endedAt TEXT NOT NULL,
  status TEXT NOT NULL, previousStatus TEXT
) STRICT;
CREATE INDEX flip_package ON flip (suite, arch, package, endedAt, runId) WHERE previousStatus IS NOT NULL;
`,
  open,
};

function open(db: Database.Database): Fold {
  const table = new CachedTable<FlipRow>(db, {
    name: 'flip',
    key: ['runId'],
    fixed: ['package', 'suite', 'arch', 'endedAt', 'status'],
    mutable: ['previousStatus'],
  });
  return {
    tables: [table],
    apply({ run, place }: Change) {
      if (!run || !place) return;
      const { runId, package: name, suite, arch, endedAt, status } = run.after;
      if (endedAt === null || status === null || status === 'tmpfail') return;
      const { previousVerdict, nextVerdict } = place;
      if (previousVerdict?.flips) {
        const previousStatus = previousVerdict.status;
        table.set({ runId, package: name, suite, arch, endedAt, status, previousStatus }, runId);
      }
      if (!nextVerdict) return;
      const { runId: nextId, endedAt: nextAt, status: next } = nextVerdict;
      if (!nextVerdict.flips && !table.get(nextId)) return;
      const previousStatus = nextVerdict.flips ? status : null;
      table.set({ runId: nextId, package: name, suite, arch, endedAt: nextAt, status: next, previousStatus }, nextId);
    },
  };
}
