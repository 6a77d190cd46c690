import type Database from 'better-sqlite3';
import { CachedTable } from './cached-table.js';
import { dayOf } from './days.js';
import type { Change, Fold, Projection } from './projection.js';
import { becamePublic, type RunRow } from './runs.js';

interface LatencyRow {
  readonly suite: string;
  readonly arch: string;
  /** The day in UTC on which the runs ended. */
  readonly day: string;
  readonly bucket: number;
  /** Runs that waited so long: from the request to the start of the attempt that gave the result. */
  readonly started: number;
  /** Runs that took so long from the request to the result. */
  readonly finished: number;
}

/** Buckets a doubling: neighbours are 9 % apart, so a bucket's middle is at most 4.5 % off. */
const PER_DOUBLING = 8;

/** The bucket of a time in seconds. */
export function bucketOf(seconds: number): number {
  return Math.floor(Math.log2(Math.max(1, seconds)) * PER_DOUBLING);
}

/** The time in seconds that stands for a bucket. */
export function secondsOf(bucket: number): number {
  return bucket === 0 ? 1 : 2 ** ((bucket + 0.5) / PER_DOUBLING);
}

/** How long public runs waited and took, a histogram for each suite, arch and day. */
export const latency: Projection = {
  name: 'latency',
  schema: `
CREATE TABLE latency (
  suite TEXT NOT NULL, arch TEXT NOT NULL, day TEXT NOT NULL, bucket INTEGER NOT NULL,
  started INTEGER NOT NULL, finished INTEGER NOT NULL,
  PRIMARY KEY (suite, arch, day, bucket)
) STRICT, WITHOUT ROWID;
`,
  open,
};

/** Debian's workers do not say when they start: then it is the end less the duration. Clocks of hosts may differ a little. */
function timesOf({ enqueuedAt, startedAt, duration }: RunRow, endedAt: string): { wait: number; total: number } {
  const from = Date.parse(enqueuedAt);
  const total = (Date.parse(endedAt) - from) / 1000;
  const wait = startedAt === null ? total - (duration ?? 0) : (Date.parse(startedAt) - from) / 1000;
  return { wait, total };
}

function open(db: Database.Database): Fold {
  const table = new CachedTable<LatencyRow>(db, {
    name: 'latency',
    key: ['suite', 'arch', 'day', 'bucket'],
    mutable: ['started', 'finished'],
  });

  function count(key: Pick<LatencyRow, 'suite' | 'arch' | 'day' | 'bucket'>, started: number, finished: number): void {
    const { suite, arch, day, bucket } = key;
    const row = table.get(suite, arch, day, bucket);
    table.set(
      { suite, arch, day, bucket, started: (row?.started ?? 0) + started, finished: (row?.finished ?? 0) + finished },
      ...[suite, arch, day, bucket],
    );
  }

  return {
    tables: [table],
    apply({ run }: Change) {
      const result = run && becamePublic(run);
      if (!result) return;
      const { suite, arch, endedAt } = result;
      const day = dayOf(endedAt);
      const { wait, total } = timesOf(result, endedAt);
      count({ suite, arch, day, bucket: bucketOf(wait) }, 1, 0);
      count({ suite, arch, day, bucket: bucketOf(total) }, 0, 1);
    },
  };
}
