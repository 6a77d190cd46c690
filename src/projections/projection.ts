import type Database from 'better-sqlite3';
import type { Status } from '../domain/verdict.js';
import type { FlushableTable } from './cached-table.js';
import type { LoggedEvent } from './logged-event.js';
import type { RunChange } from './runs.js';

/** A run that counts for a package's status, as far as its neighbours care. */
export interface Neighbour {
  readonly runId: number;
  readonly endedAt: string;
  readonly status: Status;
}

/** A result beside another one. */
export interface Verdict {
  readonly status: Status;
  /** The two results differ though version and testbed are the same: chance had a part in one of them. */
  readonly flips: boolean;
}

/**
 * Where a run stands among those that count for its package, suite and arch (finished, not pinned, not private),
 * in Debian's order: by date, then by run id. Told once a run, when it begins to count.
 * `…Verdict`: the nearest one that is no tmpfail.
 */
export interface Place {
  readonly previous: Pick<Neighbour, 'status'> | null;
  readonly previousVerdict: Verdict | null;
  readonly next: Neighbour | null;
  readonly nextVerdict: (Neighbour & Verdict) | null;
}

/** One event and what it changed: what every projection folds. */
export interface Change {
  readonly event: LoggedEvent;
  /** Null for an event that is not about a run. */
  readonly run: RunChange | null;
  /** Null unless this event made the run count. */
  readonly place: Place | null;
}

/**
 * A fold from changes to rows of its own tables. What it writes depends on nothing but the changes so far:
 * no clock, no chance, no other projection's tables.
 */
export interface Projection {
  readonly name: string;
  /** Makes its tables and indices. A change here is a new SCHEMA_VERSION (database.ts). */
  readonly schema: string;
  open(db: Database.Database): Fold;
}

export interface Fold {
  apply(change: Change): void;
  /** The tables that it writes through; flushed at the end of each batch. */
  readonly tables: readonly FlushableTable[];
}
