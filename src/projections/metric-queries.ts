import type { Status } from '../domain/verdict.js';
import type { Sql } from './sql.js';

/** The public open runs of an architecture and backend that are in a state. */
export interface QueueDepth {
  readonly arch: string;
  readonly backend: string;
  readonly state: 'pending' | 'running';
  readonly runs: number;
  /** When the oldest of them was asked for. */
  readonly oldestAt: string;
}

/** How many public runs of a suite and arch ever ended with a status. Never falls. */
export interface ResultCount {
  readonly suite: string;
  readonly arch: string;
  readonly status: Status;
  readonly runs: number;
}

/** Figures for whoever watches over a debci. Private runs are in none of them. */
export class MetricQueries {
  constructor(private readonly sql: Sql) {}

  /** Reads all open runs. */
  queueDepths(): QueueDepth[] {
    return this.sql.all(
      `SELECT arch, backend, state, COUNT(*) AS runs, MIN(enqueuedAt) AS oldestAt FROM run INDEXED BY run_open
       WHERE endedAt IS NULL AND hidden = 0 GROUP BY arch, backend, state`,
    );
  }

  results(): ResultCount[] {
    return this.sql.all('SELECT suite, arch, status, SUM(runs) AS runs FROM daily GROUP BY suite, arch, status');
  }
}
