import type { Status } from '../domain/verdict.js';
import { SUMMARY_COLUMNS, toSummary, type SummaryRow } from './run-queries.js';
import type { Sql } from './sql.js';
import { publicAt } from './visibility.js';
import type { DateCursor, PackageStatus, Target } from './views.js';

/**
 * The past, by the dates that the log tells: a run counts from its own date on (so also one whose result came late),
 * and a private one that was published, from its publication on. Runs are shown as they are known today.
 */

/** SQL: the runs of a target that counted. Parameters: package, suite, arch, instant. */
const COUNTED = `h.package = ? AND h.suite = ? AND h.arch = ? AND h.endedAt IS NOT NULL AND h.status IS NOT NULL
  AND h.pinned = 0 AND h.hidden = 0 AND ${publicAt('h')}`;
const FROM_HISTORY = 'SELECT h.runId, h.endedAt, h.status FROM run h INDEXED BY run_history';
const KINDS = { any: 'TRUE', pass: `h.status = 'pass'`, good: `h.status IN ('pass', 'neutral')` };

/** A run that counted, in short. */
export interface PastRun extends DateCursor {
  readonly status: Status;
}

/** How packages stood at an instant. A few steps in the history's index for each. */
export class Past {
  constructor(
    private readonly sql: Sql,
    /** ISO 8601 in UTC with milliseconds. */
    readonly asOf: string,
  ) {}

  /** The newest run that counted then. */
  newest(target: Target): PastRun | null {
    return this.#older(target, { endedAt: this.asOf, runId: Infinity }, 'any');
  }

  /** The status then; null where there was none. */
  status(target: Target): PackageStatus | null {
    const newest = this.newest(target);
    return newest && this.details(target, newest);
  }

  /** The status that its newest run made. */
  details(target: Target, newest: PastRun): PackageStatus {
    const run = this.#summary(newest.runId);
    const passed = newest.status === 'pass' ? newest : this.#older(target, newest, 'pass');
    const { package: name, suite, arch } = target;
    return {
      package: name,
      suite,
      arch,
      run,
      previousStatus: this.#older(target, newest, 'any')?.status ?? null,
      lastPassAt: passed?.endedAt ?? null,
      lastPassVersion: passed && this.#summary(passed.runId).version,
      brokenSince: this.#brokenSince(target, newest),
      removedAt: null,
    };
  }

  #brokenSince(target: Target, newest: PastRun): string | null {
    if (newest.status === 'pass' || newest.status === 'neutral') return null;
    const good = this.#older(target, newest, 'good');
    return good && (this.#newer(target, good)?.endedAt ?? null);
  }

  #older(target: Target, { endedAt, runId }: DateCursor, kind: keyof typeof KINDS): PastRun | null {
    const found = this.sql.get<PastRun>(
      `${FROM_HISTORY} WHERE ${COUNTED} AND ${KINDS[kind]} AND (h.endedAt, h.runId) < (?, ?)
       ORDER BY h.endedAt DESC, h.runId DESC LIMIT 1`,
      [...this.#params(target), endedAt, runId],
    );
    return found ?? null;
  }

  #newer(target: Target, { endedAt, runId }: DateCursor): PastRun | null {
    const found = this.sql.get<PastRun>(
      `${FROM_HISTORY} WHERE ${COUNTED} AND (h.endedAt, h.runId) > (?, ?) ORDER BY h.endedAt, h.runId LIMIT 1`,
      [...this.#params(target), endedAt, runId],
    );
    return found ?? null;
  }

  #params({ package: name, suite, arch }: Target): [string, string, string, string] {
    return [name, suite, arch, this.asOf];
  }

  #summary(runId: number): ReturnType<typeof toSummary> {
    const row = this.sql.get<SummaryRow>(`SELECT ${SUMMARY_COLUMNS} FROM run r WHERE r.runId = ?`, [runId]);
    if (!row) throw new Error(`run ${runId} is in the index, but not in the table`);
    return toSummary(row);
  }
}
