import type Database from 'better-sqlite3';
import type { Status } from '../domain/verdict.js';
import { CachedTable } from './cached-table.js';
import { dayOf } from './days.js';
import type { Change, Fold, Projection } from './projection.js';
import { becamePublic } from './runs.js';

interface DailyRow {
  readonly suite: string;
  readonly arch: string;
  /** The day in UTC, `2026-05-01`. */
  readonly day: string;
  readonly status: Status;
  /** Public runs that ended that day with this status, pinned ones too. */
  readonly runs: number;
  /** By how much the packages in this status grew that day. The sum up to a day: how many there were at its end. */
  readonly packages: number;
}

/** Counts a day for the charts of a suite and arch. */
export const daily: Projection = {
  name: 'daily',
  schema: `
CREATE TABLE daily (
  suite TEXT NOT NULL, arch TEXT NOT NULL, day TEXT NOT NULL, status TEXT NOT NULL,
  runs INTEGER NOT NULL, packages INTEGER NOT NULL,
  PRIMARY KEY (suite, arch, day, status)
) STRICT, WITHOUT ROWID;
`,
  open,
};

function open(db: Database.Database): Fold {
  const table = new CachedTable<DailyRow>(db, {
    name: 'daily',
    key: ['suite', 'arch', 'day', 'status'],
    mutable: ['runs', 'packages'],
  });

  function count(key: Pick<DailyRow, 'suite' | 'arch' | 'day' | 'status'>, runs: number, packages: number): void {
    const { suite, arch, day, status } = key;
    const row = table.get(suite, arch, day, status) ?? { suite, arch, day, status, runs: 0, packages: 0 };
    table.set({ ...row, runs: row.runs + runs, packages: row.packages + packages }, suite, arch, day, status);
  }

  return {
    tables: [table],
    apply({ run, place }: Change) {
      const result = run && becamePublic(run);
      if (!result) return;
      const { suite, arch, status, endedAt } = result;
      const day = dayOf(endedAt);
      count({ suite, arch, day, status }, 1, place ? 1 : 0);
      if (!place) return;
      // The package changes from the previous status to this one here, and no longer at the next run.
      if (place.previous) count({ suite, arch, day, status: place.previous.status }, 0, -1);
      if (!place.next) return;
      const nextDay = dayOf(place.next.endedAt);
      if (place.previous) count({ suite, arch, day: nextDay, status: place.previous.status }, 0, 1);
      count({ suite, arch, day: nextDay, status }, 0, -1);
    },
  };
}
