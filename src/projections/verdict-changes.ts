import type { Status } from '../domain/verdict.js';
import { CachedTable } from './cached-table.js';
import type { Change, Projection, Verdict } from './projection.js';

interface VerdictChange {
  readonly runId: number;
  readonly package: string;
  readonly suite: string;
  readonly arch: string;
  readonly endedAt: string;
  readonly status: Status;
  /** Null: a change no longer, since a run went in between. */
  readonly previousStatus: Status | null;
}

export interface VerdictChangesOptions {
  readonly name: string;
  readonly table: string;
  /** SQL. */
  readonly indices: string;
  /** @param other the verdict beside this one, whichever of the two is older */
  readonly matters: (status: Status, other: Verdict) => boolean;
}

/**
 * Runs that count, are no tmpfail, and whose verdict is another than that of the one before in a way that matters. A
 * package's first verdict is none. Runs may come out of order: one that goes in between changes what the next one is.
 */
export function verdictChanges({ name, table: tableName, indices, matters }: VerdictChangesOptions): Projection {
  return {
    name,
    schema: `
CREATE TABLE ${tableName} (
  runId INTEGER PRIMARY KEY, package TEXT NOT NULL, suite TEXT NOT NULL, arch TEXT NOT NULL, endedAt TEXT NOT NULL,
  status TEXT NOT NULL, previousStatus TEXT
) STRICT;
${indices}
`,
    open(db) {
      const table = new CachedTable<VerdictChange>(db, {
        name: tableName,
        key: ['runId'],
        fixed: ['package', 'suite', 'arch', 'endedAt', 'status'],
        mutable: ['previousStatus'],
      });
      return {
        tables: [table],
        apply({ run, place }: Change) {
          if (!run || !place) return;
          const { runId, package: package_, suite, arch, endedAt, status } = run.after;
          if (endedAt === null || status === null || status === 'tmpfail') return;
          const where = { package: package_, suite, arch };
          const { previousVerdict: previous, nextVerdict: next } = place;
          if (previous && matters(status, previous)) {
            table.set({ runId, ...where, endedAt, status, previousStatus: previous.status }, runId);
          }
          if (!next) return;
          const nextMatters = matters(status, next);
          if (!nextMatters && !table.get(next.runId)) return;
          const previousStatus = nextMatters ? status : null;
          const { runId: nextId, endedAt: nextAt, status: nextStatus } = next;
          table.set({ runId: nextId, ...where, endedAt: nextAt, status: nextStatus, previousStatus }, nextId);
        },
      };
    },
  };
}
