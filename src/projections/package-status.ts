import type Database from 'better-sqlite3';
import type { Status } from '../domain/verdict.js';
import { CachedTable, type FlushableTable } from './cached-table.js';
import type { Neighbour, Place } from './projection.js';
import { counts, type RunChange, type RunRow, type RunTable } from './runs.js';

/**
 * A row of the table `packageStatus`: one for each package, suite and arch that a public run was asked for.
 * All about a run is null until one counts.
 */
export interface PackageStatusRow {
  readonly package: string;
  readonly suite: string;
  readonly arch: string;
  /** The newest run that counts. */
  readonly runId: number | null;
  readonly endedAt: string | null;
  readonly status: Status | null;
  /** The newest run's duration in seconds. */
  readonly duration: number | null;
  /** The newest run that is no tmpfail, and its status. */
  readonly verdictId: number | null;
  readonly verdict: Status | null;
  /** The status of the run before the newest. */
  readonly previousStatus: Status | null;
  /** The newest run that passed. */
  readonly lastPassId: number | null;
  readonly lastPassAt: string | null;
  readonly lastPassVersion: string | null;
  /** The date of the first run that failed (or tmpfailed) since one passed or was neutral; null: none, or none ever passed. */
  readonly brokenSince: string | null;
}

/** A run that takes less is not slow, whatever the setting: so the index of slow ones stays small. */
export const SLOW_SECONDS = 600;

export const PACKAGE_STATUS_SCHEMA = `
CREATE TABLE packageStatus (
  package TEXT NOT NULL, suite TEXT NOT NULL, arch TEXT NOT NULL, runId INTEGER, endedAt TEXT, status TEXT,
  duration REAL, verdictId INTEGER, verdict TEXT, previousStatus TEXT, lastPassId INTEGER, lastPassAt TEXT,
  lastPassVersion TEXT, brokenSince TEXT,
  PRIMARY KEY (package, suite, arch)
) STRICT, WITHOUT ROWID;
CREATE INDEX packageStatus_platform ON packageStatus (suite, arch, package);
CREATE INDEX packageStatus_status ON packageStatus (status, suite, arch, package) WHERE status IS NOT NULL;
CREATE INDEX packageStatus_slow ON packageStatus (suite, arch, package, duration) WHERE duration >= ${SLOW_SECONDS};
CREATE INDEX packageStatus_broken ON packageStatus (suite, arch, package, brokenSince) WHERE brokenSince IS NOT NULL;
`;

type Counted = RunRow & { status: Status; endedAt: string };
type Key = readonly [string, string, string];
type Moment = Pick<Neighbour, 'endedAt' | 'runId'>;

const COUNTED_OF_PACKAGE = `package = ? AND suite = ? AND arch = ? AND endedAt IS NOT NULL
  AND status IS NOT NULL AND pinned = 0 AND hidden = 0`;
const IS_VERDICT = `status <> 'tmpfail'`;
const IS_GOOD = `status IN ('pass', 'neutral')`;

/** True for what nobody needs to look into. */
export function isGood(status: Status): boolean {
  return status === 'pass' || status === 'neutral';
}

/** Debian's order of a package's runs. A date may come twice; then the later request is the newer. */
function newer(a: Pick<Counted, 'endedAt' | 'runId'>, b: { endedAt: string | null; runId: number | null }): boolean {
  if (b.endedAt === null || b.runId === null) return true;
  return a.endedAt === b.endedAt ? a.runId > b.runId : a.endedAt > b.endedAt;
}

/**
 * The table `packageStatus`, and the fold of runs into it.
 *
 * Nearly always the run that begins to count is the newest of its package, and the row tells all that is needed.
 * A result that was long under way, or a private run that is published, goes in between:
 * then its neighbours are looked up in the history.
 */
export class PackageStatusTable implements FlushableTable {
  readonly #rows: CachedTable<PackageStatusRow>;
  readonly #before: Neighbours;
  readonly #after: Neighbours;

  constructor(
    db: Database.Database,
    private readonly runs: RunTable,
  ) {
    this.#rows = new CachedTable(db, {
      name: 'packageStatus',
      key: ['package', 'suite', 'arch'],
      mutable: [
        'runId',
        'endedAt',
        'status',
        'duration',
        'verdictId',
        'verdict',
        'previousStatus',
        'lastPassId',
        'lastPassAt',
        'lastPassVersion',
        'brokenSince',
      ],
    });
    this.#before = new Neighbours(db, '<', 'DESC');
    this.#after = new Neighbours(db, '>', 'ASC');
  }

  /** @returns where the run stands, if this change made it count. */
  apply({ before, after }: RunChange): Place | null {
    if (after.hidden === 1) return null;
    const key: Key = [after.package, after.suite, after.arch];
    if (before === null || before.hidden === 1) this.#ensure(key);
    if (!counts(after) || (before !== null && counts(before))) return null;
    return this.#insert(key, after);
  }

  flush(): void {
    this.#rows.flush();
  }

  trim(): void {
    this.#rows.trim();
  }

  clear(): void {
    this.#rows.clear();
  }

  #ensure(key: Key): PackageStatusRow {
    const known = this.#rows.get(...key);
    if (known) return known;
    const row = { package: key[0], suite: key[1], arch: key[2], ...NO_RUN };
    this.#rows.set(row, ...key);
    return row;
  }

  #insert(key: Key, run: Counted): Place {
    const row = this.#ensure(key);
    const place = newer(run, row) ? this.#atTheEnd(row, run) : this.#inBetween(key, run);
    this.#rows.set(this.#withRun(row, run, place), ...key);
    return place;
  }

  #atTheEnd(row: PackageStatusRow, run: Counted): Place {
    const { status, verdict, verdictId } = row;
    return {
      previous: status === null ? null : { status },
      previousVerdict:
        verdict === null || verdictId === null
          ? null
          : { status: verdict, flips: this.#flips(run, { status: verdict, runId: verdictId }) },
      next: null,
      nextVerdict: null,
    };
  }

  #inBetween(key: Key, run: Counted): Place {
    this.runs.flush(({ endedAt }) => endedAt !== null);
    const previousVerdict = this.#before.nearestVerdict(key, run);
    const nextVerdict = this.#after.nearestVerdict(key, run);
    return {
      previous: this.#before.nearest(key, run),
      previousVerdict: previousVerdict && {
        status: previousVerdict.status,
        flips: this.#flips(run, previousVerdict),
      },
      next: this.#after.nearest(key, run),
      nextVerdict: nextVerdict && { ...nextVerdict, flips: this.#flips(run, nextVerdict) },
    };
  }

  /** The other run is only looked at where the statuses differ, which is rare. */
  #flips(run: Counted, other: Pick<Neighbour, 'runId' | 'status'>): boolean {
    if (run.status === 'tmpfail' || run.status === other.status) return false;
    if (run.version === null || run.testbedDigest === null) return false;
    const before = this.runs.get(other.runId);
    return before?.version === run.version && before.testbedDigest === run.testbedDigest;
  }

  /** For a run that went in between; it is in the history already. */
  #brokenSince(key: Key): string | null {
    const good = this.#before.nearestGood(key, NEWEST);
    return good && (this.#after.nearest(key, good)?.endedAt ?? null);
  }

  #withRun(row: PackageStatusRow, run: Counted, place: Place): PackageStatusRow {
    const { runId, endedAt, status, duration } = run;
    const passed = status === 'pass' && newer(run, { runId: row.lastPassId, endedAt: row.lastPassAt });
    return {
      ...row,
      ...(place.next === null
        ? { runId, endedAt, status, duration, previousStatus: row.status, brokenSince: brokenSince(row, run) }
        : {
            brokenSince: this.#brokenSince(keyOf(run)),
            ...(place.next.runId === row.runId && { previousStatus: status }),
          }),
      ...(status !== 'tmpfail' && place.nextVerdict === null && { verdictId: runId, verdict: status }),
      ...(passed && { lastPassId: runId, lastPassAt: endedAt, lastPassVersion: run.version }),
    };
  }
}

const NO_RUN = {
  runId: null,
  endedAt: null,
  status: null,
  duration: null,
  verdictId: null,
  verdict: null,
  previousStatus: null,
  lastPassId: null,
  lastPassAt: null,
  lastPassVersion: null,
  brokenSince: null,
};

/** After every run. */
const NEWEST = { endedAt: '~', runId: 0 };

function keyOf(run: Counted): Key {
  return [run.package, run.suite, run.arch];
}

/** For a run that is the newest. */
function brokenSince(row: PackageStatusRow, { status, endedAt }: Counted): string | null {
  if (isGood(status) || row.status === null) return null;
  return isGood(row.status) ? endedAt : row.brokenSince;
}

/** The nearest counting runs on one side of a run, from the history's index. */
class Neighbours {
  readonly #nearest: Database.Statement<[...Key, string, number], Neighbour>;
  readonly #nearestVerdict: Database.Statement<[...Key, string, number], Neighbour>;
  readonly #nearestGood: Database.Statement<[...Key, string, number], Neighbour>;

  constructor(db: Database.Database, side: '<' | '>', order: 'ASC' | 'DESC') {
    const sql = (condition: string): string => `SELECT runId, endedAt, status FROM run INDEXED BY run_history
      WHERE ${COUNTED_OF_PACKAGE} AND (endedAt, runId) ${side} (?, ?) AND ${condition}
      ORDER BY endedAt ${order}, runId ${order} LIMIT 1`;
    this.#nearest = db.prepare(sql('TRUE'));
    this.#nearestVerdict = db.prepare(sql(IS_VERDICT));
    this.#nearestGood = db.prepare(sql(IS_GOOD));
  }

  nearest(key: Key, { endedAt, runId }: Moment): Neighbour | null {
    return this.#nearest.get(...key, endedAt, runId) ?? null;
  }

  nearestVerdict(key: Key, { endedAt, runId }: Moment): Neighbour | null {
    return this.#nearestVerdict.get(...key, endedAt, runId) ?? null;
  }

  nearestGood(key: Key, { endedAt, runId }: Moment): Neighbour | null {
    return this.#nearestGood.get(...key, endedAt, runId) ?? null;
  }
}
