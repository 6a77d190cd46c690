import type Database from 'better-sqlite3';
import { UnreadableEventError } from '../domain/errors.js';
import { isAboutRun, type TestFinished, type TestRunEvent } from '../domain/events.js';
import type { Job } from '../domain/job.js';
import type { RecordedEvent } from '../domain/ports/event-store.js';
import type { Status } from '../domain/verdict.js';
import { CachedTable } from './cached-table.js';
import type { LoggedEvent } from './logged-event.js';

export type RunState = 'pending' | 'running' | 'finished' | 'cancelled';

/** A row of the table `run`: a job, and how far it has come. Times are ISO 8601 in UTC; flags are 0 or 1. */
export interface RunRow {
  readonly runId: number;
  readonly package: string;
  readonly suite: string;
  readonly arch: string;
  readonly backend: string;
  readonly priority: number;
  readonly requestor: string | null;
  readonly pinned: number;
  /** The request that made the job, and which of its jobs this is. */
  readonly requestId: string | null;
  readonly requestIndex: number | null;
  readonly enqueuedAt: string;
  /** The whole Job as JSON. */
  readonly job: string;
  /** Private and not published. */
  readonly hidden: number;
  readonly state: RunState;
  /** The attempt that is due, running, or gave the result. */
  readonly attempt: number;
  readonly worker: string | null;
  /** Of the present attempt; null where the worker did not say. */
  readonly startedAt: string | null;
  /** Debian's date of the run, or when it was cancelled; null while it is open. */
  readonly endedAt: string | null;
  readonly status: Status | null;
  readonly version: string | null;
  readonly duration: number | null;
  readonly message: string | null;
  readonly exitCode: number | null;
  readonly logBytes: number | null;
  readonly artifactsBytes: number | null;
  readonly testbedDigest: string | null;
  readonly publishedAt: string | null;
  readonly purgedAt: string | null;
  /** When anything here changed last. */
  readonly updatedAt: string;
  /** TestCase[] as JSON. */
  readonly tests: string | null;
}

/** What an event did to a run. `before`: null where the event made the run. */
export interface RunChange {
  readonly before: RunRow | null;
  readonly after: RunRow;
}

/**
 * `run_open…` hold only open runs, so they stay small however long the history grows;
 * `run_history` carries what its readers filter by, so that a row is read only when it is wanted.
 */
export const RUNS_SCHEMA = `
CREATE TABLE run (
  runId INTEGER PRIMARY KEY, package TEXT NOT NULL, suite TEXT NOT NULL, arch TEXT NOT NULL, backend TEXT NOT NULL,
  priority INTEGER NOT NULL, requestor TEXT, pinned INTEGER NOT NULL, requestId TEXT, requestIndex INTEGER,
  enqueuedAt TEXT NOT NULL, job TEXT NOT NULL, hidden INTEGER NOT NULL, state TEXT NOT NULL, attempt INTEGER NOT NULL,
  worker TEXT, startedAt TEXT, endedAt TEXT, status TEXT, version TEXT, duration REAL, message TEXT, exitCode INTEGER,
  logBytes INTEGER, artifactsBytes INTEGER, testbedDigest TEXT, publishedAt TEXT, purgedAt TEXT,
  updatedAt TEXT NOT NULL, tests TEXT
) STRICT;
CREATE INDEX run_history ON run (package, suite, arch, endedAt, runId, status, pinned, hidden, publishedAt)
  WHERE endedAt IS NOT NULL;
CREATE INDEX run_ended ON run (endedAt, runId, hidden, status) WHERE endedAt IS NOT NULL;
CREATE INDEX run_open ON run (priority DESC, runId, state, hidden, endedAt) WHERE endedAt IS NULL;
CREATE INDEX run_open_package ON run (package, suite, arch, runId) WHERE endedAt IS NULL;
CREATE INDEX run_running ON run (worker, runId) WHERE state = 'running';
CREATE INDEX run_published ON run (publishedAt, endedAt) WHERE publishedAt IS NOT NULL;
CREATE INDEX run_files ON run (endedAt, runId) WHERE logBytes > 0 AND purgedAt IS NULL;
CREATE INDEX run_requestor ON run (requestor, updatedAt, runId) WHERE requestor IS NOT NULL;
CREATE INDEX run_request ON run (requestId, requestIndex) WHERE requestId IS NOT NULL;
`;

type FinishedRow = RunRow & { status: Status; endedAt: string };

/** True for a run that makes the status of its package, suite and arch, if it is the newest one (Debian's rule). */
export function counts(run: RunRow): run is FinishedRow {
  return run.status !== null && run.pinned === 0 && run.hidden === 0;
}

function isPublicResult(run: RunRow): run is FinishedRow {
  return run.status !== null && run.hidden === 0;
}

/** The run, if its result became public by this change: it finished, or it was published. Once a run. */
export function becamePublic({ before, after }: RunChange): FinishedRow | null {
  return isPublicResult(after) && !(before !== null && isPublicResult(before)) ? after : null;
}

function columns(names: string): readonly (keyof RunRow)[] {
  return names.split(' ') as (keyof RunRow)[];
}

const FIXED = columns('package suite arch backend priority requestor pinned requestId requestIndex enqueuedAt job');
const MUTABLE = columns(
  'hidden state attempt worker startedAt endedAt status version duration message exitCode ' +
    'logBytes artifactsBytes testbedDigest publishedAt purgedAt updatedAt tests',
);

/** Rows are large, and a run rarely gets an event when 8,000 others came since. */
const MOST_RUNS = 8000;

/** One literal: rows of one shape that V8 knows make the replay several times as fast as spreads do. */
function enqueued(job: Job, { time, metadata: { requestIndex, causationId } }: RecordedEvent): RunRow {
  const inRequest = requestIndex !== undefined && causationId !== null;
  return {
    runId: job.runId,
    package: job.package,
    suite: job.suite,
    arch: job.arch,
    backend: job.backend,
    priority: job.priority,
    requestor: job.requestor,
    pinned: Number(job.pins.length > 0),
    requestId: inRequest ? causationId : null,
    requestIndex: inRequest ? requestIndex : null,
    enqueuedAt: time,
    job: JSON.stringify(job),
    hidden: Number(job.private),
    state: 'pending',
    attempt: 1,
    worker: null,
    startedAt: null,
    endedAt: null,
    status: null,
    version: null,
    duration: null,
    message: null,
    exitCode: null,
    logBytes: null,
    artifactsBytes: null,
    testbedDigest: null,
    publishedAt: null,
    purgedAt: null,
    updatedAt: time,
    tests: null,
  };
}

function finished(run: RunRow, data: TestFinished['data'], time: string): RunRow {
  return {
    ...run,
    state: 'finished',
    attempt: data.attempt,
    worker: data.worker,
    endedAt: data.finishedAt,
    status: data.status,
    version: data.version,
    duration: data.durationSeconds,
    message: data.message,
    exitCode: data.exitCode,
    logBytes: data.logBytes,
    artifactsBytes: data.artifactsBytes,
    testbedDigest: data.testbedDigest,
    updatedAt: time,
    tests: data.tests.length > 0 ? JSON.stringify(data.tests) : null,
  };
}

function evolve(run: RunRow, event: Exclude<TestRunEvent, { type: 'TestEnqueued' }>, time: string): RunRow {
  const { type, data } = event;
  switch (type) {
    case 'TestStarted':
      return { ...run, state: 'running', attempt: data.attempt, worker: data.worker, startedAt: time, updatedAt: time };
    case 'TestAbandoned':
      return { ...run, state: 'pending', attempt: data.attempt + 1, worker: null, startedAt: null, updatedAt: time };
    case 'TestFinished':
      return finished(run, data, time);
    case 'TestResultIgnored':
      return run;
    case 'TestCancelled': {
      const message = `Cancelled by ${data.by}${data.reason === null ? '' : `: ${data.reason}`}`;
      return { ...run, state: 'cancelled', worker: null, endedAt: time, message, updatedAt: time };
    }
    case 'TestPublished':
      return { ...run, hidden: 0, publishedAt: time, updatedAt: time };
    case 'TestFilesPurged':
      return { ...run, purgedAt: time, updatedAt: time };
  }
}

/** The table of all runs, and the fold of a run's events into its row. */
export class RunTable extends CachedTable<RunRow> {
  constructor(db: Database.Database) {
    super(db, { name: 'run', key: ['runId'], fixed: FIXED, mutable: MUTABLE, mostRows: MOST_RUNS });
  }

  /** @returns what the event changed, null where it is not about a run. */
  apply(event: LoggedEvent): RunChange | null {
    if (!isAboutRun(event)) return null;
    if (event.type === 'TestEnqueued') {
      const run = enqueued(event.data, event);
      this.add(run, run.runId);
      return { before: null, after: run };
    }
    const { runId } = event.data;
    const before = this.get(runId);
    if (!before) throw new UnreadableEventError(`${event.type} of run ${runId}, which was never enqueued`);
    const after = evolve(before, event, event.time);
    if (after !== before) this.set(after, runId);
    return { before, after };
  }
}
