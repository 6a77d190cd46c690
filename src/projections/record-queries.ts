import type { ExtraAptSource, Pin } from '../domain/job.js';
import type { Status } from '../domain/verdict.js';
import { inParts } from './parts.js';
import { IN_ARCHIVE } from './removals.js';
import type { Sql } from './sql.js';
import type { DateCursor, RequestedRun, RunRecord, Target } from './views.js';

/** So many records are read at once: whatever the length of a list, memory holds one part of it. */
export const RECORDS_AT_ONCE = 500;

/** Few columns, since the lists are long. */
const RECORD_COLUMNS = `r.runId, r.package, r.suite, r.arch, r.job ->> '$.trigger' AS "trigger", r.job -> '$.pins' AS pins,
  r.job -> '$.extraAptSources' AS extraAptSources, r.pinned, r.requestor, r.endedAt, r.status, r.version,
  r.duration AS durationSeconds, r.message, r.updatedAt`;

type RecordRow = Omit<RunRecord, 'pins' | 'extraAptEntries' | keyof Before> & {
  readonly pins: string;
  readonly extraAptSources: string;
  readonly pinned: number;
};

type RequestedRow = Omit<RequestedRun, 'pins' | 'extraAptEntries' | 'private'> & {
  readonly pins: string;
  readonly extraAptSources: string;
  readonly private: number;
};

function toRequested({ pins, extraAptSources, private: hidden, ...row }: RequestedRow): RequestedRun {
  const extraAptEntries = listOf<ExtraAptSource>(extraAptSources).map(({ entry }) => entry);
  return { ...row, pins: listOf<Pin>(pins), extraAptEntries, private: hidden === 1 };
}

/** What a package's status tells beside its run. */
type Before = Pick<RunRecord, 'previousStatus' | 'lastPassAt' | 'lastPassVersion'>;

/** One literal: several times as fast as spreads. */
function toRecord(row: RecordRow, { previousStatus, lastPassAt, lastPassVersion }: Before): RunRecord {
  return {
    runId: row.runId,
    package: row.package,
    suite: row.suite,
    arch: row.arch,
    trigger: row.trigger,
    pins: listOf<Pin>(row.pins),
    extraAptEntries: listOf<ExtraAptSource>(row.extraAptSources).map(({ entry }) => entry),
    requestor: row.requestor,
    endedAt: row.endedAt,
    status: row.status,
    version: row.version,
    durationSeconds: row.durationSeconds,
    message: row.message,
    updatedAt: row.updatedAt,
    previousStatus,
    lastPassAt,
    lastPassVersion,
  };
}

function listOf<Item>(json: string): Item[] {
  return json === '[]' ? [] : (JSON.parse(json) as Item[]);
}

const STATUS_RECORDS = `SELECT ${RECORD_COLUMNS}, s.previousStatus, s.lastPassAt, s.lastPassVersion
  FROM packageStatus s INDEXED BY packageStatus_platform JOIN run r ON r.runId = s.runId`;

/** Finished public runs as Debian's data show them. Long lists come part by part; between parts the read model may move on. */
export class RecordQueries {
  constructor(private readonly sql: Sql) {}

  /** The run that makes a package's status; null: there is none. */
  latest({ package: name, suite, arch }: Target): RunRecord | null {
    const row = this.sql.get<RecordRow & Before>(
      `${STATUS_RECORDS} WHERE s.suite = ? AND s.arch = ? AND s.package = ?`,
      [suite, arch, name],
    );
    return row ? toRecord(row, row) : null;
  }

  /** The run that makes each package's status, by package. Those that the archive has no more are left out. */
  *platform(suite: string, arch: string): Generator<RunRecord[]> {
    const after = (last: (RecordRow & Before) | null): (RecordRow & Before)[] =>
      this.sql.all(
        `${STATUS_RECORDS} WHERE s.suite = ? AND s.arch = ? AND s.package > ? AND ${IN_ARCHIVE} ORDER BY s.package LIMIT ?`,
        [suite, arch, last?.package ?? '', RECORDS_AT_ONCE],
      );
    for (const rows of inParts(after)) yield rows.map((row) => toRecord(row, row));
  }

  /** All runs of a package with a status, pinned ones too, newest first. */
  *history(target: Target): Generator<RunRecord[]> {
    const counted = new Lookback(this.sql, target, 'TRUE');
    const passed = new Lookback(this.sql, target, `status = 'pass'`);
    const newest = { endedAt: '~', runId: 0 };
    for (const rows of inParts<RecordRow>((last) => this.#finished(target, last ?? newest))) {
      yield rows.map((row) => {
        const lastPass = passes(row) ? row : passed.before(row);
        return toRecord(row, {
          previousStatus: counted.before(row)?.status ?? null,
          lastPassAt: lastPass?.endedAt ?? null,
          lastPassVersion: lastPass?.version ?? null,
        });
      });
    }
  }

  /** When something happened last to a run that they asked for; null: they asked for none. */
  lastUpdateFor(requestor: string): string | null {
    const last = this.sql.get<{ updatedAt: string }>(
      'SELECT updatedAt FROM run INDEXED BY run_requestor WHERE requestor = ? ORDER BY updatedAt DESC LIMIT 1',
      [requestor],
    );
    return last?.updatedAt ?? null;
  }

  /** What they asked for and where something happened from `since` up to `until` (ISO 8601), in the order of that. */
  *requestedBy(requestor: string, since: string, until: string): Generator<RequestedRun[]> {
    const after = (last: RequestedRow | null): RequestedRow[] =>
      this.sql.all(
        `SELECT ${RECORD_COLUMNS}, r.hidden AS private, r.enqueuedAt FROM run r INDEXED BY run_requestor
         WHERE r.requestor = ? AND (r.updatedAt, r.runId) > (?, ?) AND r.updatedAt <= ?
         ORDER BY r.updatedAt, r.runId LIMIT ?`,
        [requestor, last?.updatedAt ?? since, last?.runId ?? 0, until, RECORDS_AT_ONCE],
      );
    for (const rows of inParts(after)) yield rows.map(toRequested);
  }

  #finished({ package: name, suite, arch }: Target, { endedAt, runId }: DateCursor): RecordRow[] {
    return this.sql.all(
      `SELECT ${RECORD_COLUMNS} FROM run r INDEXED BY run_history
       WHERE r.package = ? AND r.suite = ? AND r.arch = ? AND r.endedAt IS NOT NULL AND r.status IS NOT NULL
         AND r.hidden = 0 AND (r.endedAt, r.runId) < (?, ?)
       ORDER BY r.endedAt DESC, r.runId DESC LIMIT ?`,
      [name, suite, arch, endedAt, runId, RECORDS_AT_ONCE],
    );
  }
}

function passes({ status, pinned }: RecordRow): boolean {
  return status === 'pass' && pinned === 0;
}

type Found = DateCursor & { readonly status: Status; readonly version: string | null };

/**
 * The nearest older run that counts and is of a kind, for runs that are gone through from the newest on.
 * What was found holds until the walk comes to it, so that all of a walk looks at each run once.
 */
class Lookback {
  #found: Found | null | undefined;

  constructor(
    private readonly sql: Sql,
    private readonly target: Target,
    /** SQL: the kind. */
    private readonly condition: string,
  ) {}

  before(at: DateCursor): Found | null {
    if (this.#found === undefined || (this.#found !== null && !older(this.#found, at))) this.#found = this.#find(at);
    return this.#found;
  }

  #find({ endedAt, runId }: DateCursor): Found | null {
    const { package: name, suite, arch } = this.target;
    const found = this.sql.get<Found>(
      `SELECT endedAt, runId, status, version FROM run INDEXED BY run_history
       WHERE package = ? AND suite = ? AND arch = ? AND endedAt IS NOT NULL AND status IS NOT NULL AND pinned = 0
         AND hidden = 0 AND ${this.condition} AND (endedAt, runId) < (?, ?)
       ORDER BY endedAt DESC, runId DESC LIMIT 1`,
      [name, suite, arch, endedAt, runId],
    );
    return found ?? null;
  }
}

function older(a: DateCursor, b: DateCursor): boolean {
  return a.endedAt === b.endedAt ? a.runId < b.runId : a.endedAt < b.endedAt;
}
