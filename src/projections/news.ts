import type Database from 'better-sqlite3';
import type { Status } from '../domain/verdict.js';
import { CachedTable } from './cached-table.js';
import type { Change, Fold, Projection } from './projection.js';

interface NewsRow {
  readonly runId: number;
  readonly package: string;
  readonly suite: string;
  readonly arch: string;
  readonly endedAt: string;
  readonly status: Status;
  /** Null: an item no longer, since a run went in between. */
  readonly previousStatus: Status | null;
}

/**
 * Debian's news: a run that counts, is no tmpfail, and differs from the one before it that is no tmpfail.
 * A package's first verdict is no news.
 */
export const news: Projection = {
  name: 'news',
  schema: `
CREATE TABLE news (
  runId INTEGER PRIMARY KEY, package TEXT NOT NULL, suite TEXT NOT NULL, arch TEXT NOT NULL, endedAt TEXT NOT NULL,
  status TEXT NOT NULL, previousStatus TEXT
) STRICT;
CREATE INDEX news_newest ON news (endedAt, runId) WHERE previousStatus IS NOT NULL;
CREATE INDEX news_package ON news (package, endedAt, runId) WHERE previousStatus IS NOT NULL;
`,
  open,
};

function open(db: Database.Database): Fold {
  const table = new CachedTable<NewsRow>(db, {
    name: 'news',
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
      if (previousVerdict !== null && previousVerdict.status !== status) {
        table.set(
          { runId, package: name, suite, arch, endedAt, status, previousStatus: previousVerdict.status },
          runId,
        );
      }
      if (!nextVerdict) return;
      const { runId: nextId, endedAt: nextAt, status: next } = nextVerdict;
      const previousStatus = next === status ? null : status;
      table.set({ runId: nextId, package: name, suite, arch, endedAt: nextAt, status: next, previousStatus }, nextId);
    },
  };
}
