import { secondsOf } from './latency.js';
import type { Sql } from './sql.js';
import type { LatencyDay, Quantiles } from './views.js';

interface BucketRow {
  readonly day: string;
  readonly bucket: number;
  readonly started: number;
  readonly finished: number;
}

/** How long runs wait and take. */
export class LatencyQueries {
  constructor(private readonly sql: Sql) {}

  /** The days on which runs ended, oldest first. `from` and `to` are days in UTC (`2026-05-01`), both included. */
  days(suite: string, arch: string, from: string, to: string): LatencyDay[] {
    const rows = this.sql.all<BucketRow>(
      `SELECT day, bucket, started, finished FROM latency
       WHERE suite = ? AND arch = ? AND day BETWEEN ? AND ? ORDER BY day, bucket`,
      [suite, arch, from, to],
    );
    const days = new Map<string, BucketRow[]>();
    for (const row of rows) {
      const known = days.get(row.day);
      if (known) known.push(row);
      else days.set(row.day, [row]);
    }
    return Array.from(days, ([day, buckets]) => ({
      day,
      runs: buckets.reduce((sum, { finished }) => sum + finished, 0),
      start: quantiles(buckets, 'started'),
      finish: quantiles(buckets, 'finished'),
    }));
  }
}

function quantiles(buckets: readonly BucketRow[], count: 'started' | 'finished'): Quantiles {
  const runs = buckets.reduce((sum, row) => sum + row[count], 0);
  return { median: quantile(buckets, count, 0.5 * runs), p95: quantile(buckets, count, 0.95 * runs) };
}

/** @param rank of so many runs, this is the last one. */
function quantile(buckets: readonly BucketRow[], count: 'started' | 'finished', rank: number): number {
  let seen = 0;
  const at = buckets.find((row) => (seen += row[count]) >= rank && seen > 0);
  return at ? secondsOf(at.bucket) : 0;
}
