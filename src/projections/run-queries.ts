import type { TestCase } from '../domain/events.js';
import type { Job, Pin } from '../domain/job.js';
import type { Status } from '../domain/verdict.js';
import { publicAt } from './visibility.js';
import { page, Where, type Sql } from './sql.js';
import type { DateCursor, Page, QueueCursor, RunDetails, RunSummary, Target, Viewer } from './views.js';

/** The columns of a summary, of the table `run` under the name `r`. The tests' results, which may be long, stay out. */
export const SUMMARY_COLUMNS = `r.runId, r.package, r.suite, r.arch, r.backend, r.job ->> '$.trigger' AS "trigger",
  r.job -> '$.pins' AS pins, r.priority, r.requestor, r.hidden AS private, r.state, r.attempt, r.worker, r.enqueuedAt,
  r.startedAt, r.endedAt, r.status, r.version, r.duration AS durationSeconds, r.message, r.exitCode, r.logBytes,
  r.artifactsBytes, r.purgedAt`;

/** A viewer sees public runs, and those that were asked for in their name. One parameter: the viewer. */
const VISIBLE = '(r.hidden = 0 OR r.requestor = ?)';

/** A row of SUMMARY_COLUMNS. */
export type SummaryRow = Omit<RunSummary, 'pins' | 'private'> & { readonly pins: string; readonly private: number };

/** One literal, of one shape that V8 knows: several times as fast as a copy with spreads. */
export function toSummary(row: SummaryRow): RunSummary {
  return {
    runId: row.runId,
    package: row.package,
    suite: row.suite,
    arch: row.arch,
    backend: row.backend,
    trigger: row.trigger,
    pins: row.pins === '[]' ? [] : (JSON.parse(row.pins) as Pin[]),
    priority: row.priority,
    requestor: row.requestor,
    private: row.private === 1,
    state: row.state,
    attempt: row.attempt,
    worker: row.worker,
    enqueuedAt: row.enqueuedAt,
    startedAt: row.startedAt,
    endedAt: row.endedAt,
    status: row.status,
    version: row.version,
    durationSeconds: row.durationSeconds,
    message: row.message,
    exitCode: row.exitCode,
    logBytes: row.logBytes,
    artifactsBytes: row.artifactsBytes,
    purgedAt: row.purgedAt,
  };
}

type DetailsRow = SummaryRow &
  Pick<RunDetails, 'testbedDigest' | 'publishedAt'> & { job: string; tests: string | null };

/** Above every date, so that a list begins with the newest. */
const NEWEST: DateCursor = { endedAt: '~', runId: 0 };

export interface HistoryQuery {
  readonly viewer?: Viewer;
  /** Runs older than this one. Default: from the newest on. */
  readonly before?: DateCursor;
  /** How it stood then (see past.ts): runs that had ended, and were public. */
  readonly asOf?: string;
  readonly limit: number;
}

/** Ended runs that are looked for among all. */
export interface SearchQuery extends Partial<Target>, HistoryQuery {
  readonly status?: Status;
}

/**
 * So many runs a search looks at before it gives what it has found: a rare kind among millions must not hold up
 * everybody else.
 */
const LOOKED_AT = 5000;

export interface QueueQuery extends Partial<Target> {
  readonly state?: 'pending' | 'running';
  readonly viewer?: Viewer;
  readonly after?: QueueCursor;
  readonly limit: number;
}

/** Questions about runs. Private ones are in the answers only for a viewer who asked for them. */
export class RunQueries {
  constructor(private readonly sql: Sql) {}

  /** A run; null where there is none that the viewer may see. */
  byId(runId: number, viewer: Viewer = null): RunDetails | null {
    const row = this.sql.get<DetailsRow>(
      `SELECT ${SUMMARY_COLUMNS}, r.testbedDigest, r.publishedAt, r.job, r.tests FROM run r
       WHERE r.runId = ? AND ${VISIBLE}`,
      [runId, viewer],
    );
    if (!row) return null;
    const tests = row.tests === null ? [] : (JSON.parse(row.tests) as TestCase[]);
    return { ...row, ...toSummary(row), job: JSON.parse(row.job) as Job, tests };
  }

  /** Ended runs of one package, suite and arch (cancelled ones too), newest first. */
  history({ package: name, suite, arch }: Target, query: HistoryQuery): Page<RunSummary, DateCursor> {
    const where = new Where().equals('r.package', name).equals('r.suite', suite).equals('r.arch', arch);
    return this.#ended('run_history', where, query);
  }

  /** The newest part of several histories, in the order of the targets: one statement, which costs far less than many. */
  histories(
    targets: readonly Target[],
    { limit, ...query }: Omit<HistoryQuery, 'before'>,
  ): readonly Page<RunSummary, DateCursor>[] {
    const where = seen(new Where().and('r.endedAt IS NOT NULL'), query);
    const newest = `SELECT r.runId FROM run r INDEXED BY run_history
      WHERE r.package = t.value ->> 0 AND r.suite = t.value ->> 1 AND r.arch = t.value ->> 2 AND ${where.sql}
      ORDER BY r.endedAt DESC, r.runId DESC LIMIT ?`;
    const rows = this.sql.all<SummaryRow>(
      `SELECT ${SUMMARY_COLUMNS} FROM json_each(?) t CROSS JOIN run r WHERE r.runId IN (${newest})`,
      [JSON.stringify(targets.map((t) => [t.package, t.suite, t.arch])), ...where.params, limit + 1],
    );
    const histories = new Map(targets.map((target) => [keyOf(target), [] as RunSummary[]]));
    for (const row of rows) histories.get(keyOf(row))?.push(toSummary(row));
    return targets.map((target) => page((histories.get(keyOf(target)) ?? []).sort(newestFirst), limit, dateCursor));
  }

  /** Ended runs of all packages, newest first. */
  newest(query: HistoryQuery): Page<RunSummary, DateCursor> {
    return this.#ended('run_ended', new Where().and('r.status IS NOT NULL'), query);
  }

  /**
   * Ended runs of these properties, newest first (cancelled ones too). A page may hold fewer than its limit though
   * more follow: then the next ones are looked for after `next`.
   */
  search({
    viewer = null,
    before = NEWEST,
    asOf,
    limit,
    status,
    ...target
  }: SearchQuery): Page<RunSummary, DateCursor> {
    const ofPackage = target.package !== undefined;
    const looked = new Where()
      .and('endedAt IS NOT NULL')
      .and('(endedAt, runId) < (?, ?)', before.endedAt, before.runId);
    if (ofPackage) looked.equals('package', target.package).equals('suite', target.suite).equals('arch', target.arch);
    if (asOf !== undefined) looked.and('endedAt <= ?', asOf);
    const where = seen(new Where().equals('r.status', status), { viewer, ...(asOf !== undefined && { asOf }) });
    if (!ofPackage) where.equals('r.suite', target.suite).equals('r.arch', target.arch);
    const window = `SELECT runId, endedAt FROM run INDEXED BY ${ofPackage ? 'run_history' : 'run_ended'}
      WHERE ${looked.sql} ORDER BY endedAt DESC, runId DESC`;
    // The window is read in its order, so that the first matches are the newest: no other sort, which would read it all.
    const rows = this.sql.all<SummaryRow>(
      `SELECT ${SUMMARY_COLUMNS} FROM (${window} LIMIT ?) w CROSS JOIN run r ON r.runId = w.runId
       WHERE ${where.sql} LIMIT ?`,
      [...looked.params, LOOKED_AT, ...where.params, limit + 1],
    );
    const found = page(rows.map(toSummary), limit, dateCursor);
    if (found.next) return found;
    const last = this.sql.get<DateCursor>(`${window} LIMIT 1 OFFSET ?`, [...looked.params, LOOKED_AT - 1]);
    return { items: found.items, next: last ?? null };
  }

  /** Those of these runs that the viewer may see, by run id. */
  summaries(runIds: readonly number[], viewer: Viewer = null): ReadonlyMap<number, RunSummary> {
    const rows = this.sql.all<SummaryRow>(
      `SELECT ${SUMMARY_COLUMNS} FROM json_each(?) j CROSS JOIN run r ON r.runId = j.value WHERE ${VISIBLE}`,
      [JSON.stringify(runIds), viewer],
    );
    return new Map(rows.map((row) => [row.runId, toSummary(row)]));
  }

  /** The status of the run that counts for the package's status and came, by date, before this one. */
  previousStatus({ package: name, suite, arch, endedAt, runId }: RunSummary): Status | null {
    const row = this.sql.get<{ status: Status }>(
      `SELECT status FROM run INDEXED BY run_history
       WHERE package = ? AND suite = ? AND arch = ? AND endedAt IS NOT NULL AND status IS NOT NULL AND pinned = 0
         AND hidden = 0 AND (endedAt, runId) < (?, ?) ORDER BY endedAt DESC, runId DESC LIMIT 1`,
      [name, suite, arch, endedAt ?? NEWEST.endedAt, runId],
    );
    return row?.status ?? null;
  }

  /** Open runs in the order in which they are due: by priority, then oldest first. */
  queue({ state, viewer = null, after, limit, ...target }: QueueQuery): Page<RunSummary, QueueCursor> {
    const where = new Where().and('r.endedAt IS NULL').and(VISIBLE, viewer).equals('r.state', state);
    where.equals('r.package', target.package).equals('r.suite', target.suite).equals('r.arch', target.arch);
    if (after) where.and('(-r.priority, r.runId) > (?, ?)', -after.priority, after.runId);
    const index = target.package === undefined ? 'run_open' : 'run_open_package';
    const rows = this.sql.all<SummaryRow>(
      `SELECT ${SUMMARY_COLUMNS} FROM run r INDEXED BY ${index} WHERE ${where.sql}
       ORDER BY r.priority DESC, r.runId LIMIT ?`,
      [...where.params, limit + 1],
    );
    return page(rows.map(toSummary), limit, ({ priority, runId }) => ({ priority, runId }));
  }

  /** How many public runs wait, and how many run. */
  queueCounts(): { readonly pending: number; readonly running: number } {
    const rows = this.sql.all<{ state: string; runs: number }>(
      `SELECT state, COUNT(*) AS runs FROM run INDEXED BY run_open WHERE endedAt IS NULL AND hidden = 0 GROUP BY state`,
    );
    const of = (state: string): number => rows.find((row) => row.state === state)?.runs ?? 0;
    return { pending: of('pending'), running: of('running') };
  }

  /** What a worker runs now. */
  runningOn(worker: string, viewer: Viewer = null): RunSummary[] {
    return this.sql
      .all<SummaryRow>(
        `SELECT ${SUMMARY_COLUMNS} FROM run r INDEXED BY run_running
         WHERE r.state = 'running' AND r.worker = ? AND ${VISIBLE} ORDER BY r.runId`,
        [worker, viewer],
      )
      .map(toSummary);
  }

  #ended(index: string, where: Where, query: HistoryQuery): Page<RunSummary, DateCursor> {
    const { before = NEWEST, limit } = query;
    where.and('r.endedAt IS NOT NULL').and('(r.endedAt, r.runId) < (?, ?)', before.endedAt, before.runId);
    seen(where, query);
    const rows = this.sql.all<SummaryRow>(
      `SELECT ${SUMMARY_COLUMNS} FROM run r INDEXED BY ${index} WHERE ${where.sql}
       ORDER BY r.endedAt DESC, r.runId DESC LIMIT ?`,
      [...where.params, limit + 1],
    );
    return page(rows.map(toSummary), limit, dateCursor);
  }
}

/** What the viewer may see of the table `r`, and might have seen then. */
function seen(where: Where, { viewer = null, asOf }: Pick<HistoryQuery, 'viewer' | 'asOf'>): Where {
  where.and(VISIBLE, viewer);
  if (asOf === undefined) return where;
  return where.and('r.endedAt <= ?', asOf).and(`(${publicAt('r')} OR r.requestor = ?)`, asOf, viewer);
}

function keyOf({ package: name, suite, arch }: Target): string {
  return `${name} ${suite} ${arch}`;
}

function newestFirst(a: RunSummary, b: RunSummary): number {
  if (a.endedAt === b.endedAt) return b.runId - a.runId;
  return (a.endedAt ?? '') < (b.endedAt ?? '') ? 1 : -1;
}

/** Of an ended run. */
function dateCursor({ endedAt, runId }: RunSummary): DateCursor {
  return { endedAt: endedAt ?? '', runId };
}
