import type Database from 'better-sqlite3';
import { CachedTable } from './cached-table.js';
import type { LoggedEvent } from './logged-event.js';
import type { Change, Fold, Projection } from './projection.js';

interface WorkerRow {
  readonly name: string;
  /** The newest event that the worker made happen. */
  readonly seenAt: string;
  /** The results of it that counted. */
  readonly finished: number;
}

/** When each worker was last heard of. What it runs now is asked of the open runs. */
export const workers: Projection = {
  name: 'workers',
  schema: `
CREATE TABLE worker (name TEXT PRIMARY KEY, seenAt TEXT NOT NULL, finished INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`,
  open,
};

/** The worker that is behind an event; null: none is. A lost worker's tmpfail comes from the collector. */
function seen(event: LoggedEvent): string | null {
  const is = event.type === 'TestStarted' || event.type === 'TestFinished' || event.type === 'TestResultIgnored';
  return is && event.metadata.actor !== 'collector' ? event.data.worker : null;
}

function open(db: Database.Database): Fold {
  const table = new CachedTable<WorkerRow>(db, { name: 'worker', key: ['name'], mutable: ['seenAt', 'finished'] });
  return {
    tables: [table],
    apply({ event }: Change) {
      const name = seen(event);
      if (name === null) return;
      const row = table.get(name) ?? { name, seenAt: event.time, finished: 0 };
      const seenAt = event.time > row.seenAt ? event.time : row.seenAt;
      table.set({ name, seenAt, finished: row.finished + Number(event.type === 'TestFinished') }, name);
    },
  };
}
