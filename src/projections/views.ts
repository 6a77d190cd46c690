import type { TestCase } from '../domain/events.js';
import type { Position } from '../domain/ports/event-store.js';
import type { Job, Pin } from '../domain/job.js';
import type { Status } from '../domain/verdict.js';
import type { RunState } from './runs.js';

/** What queries give. Times are ISO 8601 in UTC with milliseconds. */

/** Who looks: a requestor's name, who also sees the private runs of that name; null: anybody, who sees public runs only. */
export type Viewer = string | null;

/** Where a package is tested. */
export interface Target {
  readonly package: string;
  readonly suite: string;
  readonly arch: string;
}

export interface RunSummary extends Target {
  readonly runId: number;
  readonly backend: string;
  readonly trigger: string | null;
  readonly pins: readonly Pin[];
  readonly priority: number;
  readonly requestor: string | null;
  /** Private, and not published. */
  readonly private: boolean;
  readonly state: RunState;
  readonly attempt: number;
  readonly worker: string | null;
  readonly enqueuedAt: string;
  /** Of the present attempt; null where the worker did not say (Debian's do not). */
  readonly startedAt: string | null;
  /** Debian's date of the run, or when it was cancelled; null while it is open. */
  readonly endedAt: string | null;
  /** Null while it is open, and for a cancelled run. */
  readonly status: Status | null;
  readonly version: string | null;
  readonly durationSeconds: number | null;
  readonly message: string | null;
  readonly exitCode: number | null;
  /** Bytes as stored; null or 0: there is no such file. */
  readonly logBytes: number | null;
  readonly artifactsBytes: number | null;
  /** When log and artifacts were removed; null: they are there. */
  readonly purgedAt: string | null;
}

export interface RunDetails extends RunSummary {
  readonly job: Job;
  readonly tests: readonly TestCase[];
  readonly testbedDigest: string | null;
  readonly publishedAt: string | null;
}

/** A finished public run in short, and what came before it among those that count for its package, suite and arch. */
export interface RunRecord extends Target {
  readonly runId: number;
  readonly trigger: string | null;
  readonly pins: readonly Pin[];
  /** The apt sources that it got beside its suite's own: one-line entries, as they were asked for. */
  readonly extraAptEntries: readonly string[];
  readonly requestor: string | null;
  readonly endedAt: string;
  readonly status: Status;
  readonly version: string | null;
  readonly durationSeconds: number | null;
  readonly message: string | null;
  /** When what is told of it changed last. */
  readonly updatedAt: string;
  readonly previousStatus: Status | null;
  /** The newest run that passed, this one included. */
  readonly lastPassAt: string | null;
  readonly lastPassVersion: string | null;
}

/** A run as whoever asked for it sees it, in short: ended or not, private or public. */
export interface RequestedRun extends Omit<
  RunRecord,
  'endedAt' | 'status' | 'previousStatus' | 'lastPassAt' | 'lastPassVersion'
> {
  readonly private: boolean;
  readonly enqueuedAt: string;
  /** Null while it is open. */
  readonly endedAt: string | null;
  /** Null while it is open, and for a cancelled run. */
  readonly status: Status | null;
}

/** The status of a package in a suite on an architecture. */
export interface PackageStatus extends Target {
  /** The newest run that counts; null: none has yet. */
  readonly run: RunSummary | null;
  /** The status of the run that counted before it. */
  readonly previousStatus: Status | null;
  /** The newest run that passed, this one included. */
  readonly lastPassAt: string | null;
  readonly lastPassVersion: string | null;
  /** When the first run failed (or tmpfailed) since one passed or was neutral; null: none did, or none ever passed. */
  readonly brokenSince: string | null;
  /** Since when its archive has it no more; null: it has it, or nobody has looked. Of the past always null. */
  readonly removedAt: string | null;
}

export interface NewsItem {
  readonly run: RunSummary;
  readonly previousStatus: Status;
}

/** A package's status became another one. */
export interface StatusChange extends Target {
  /** Of the event that changed it. */
  readonly position: Position;
  readonly runId: number;
  readonly status: Status;
  /** Null: it is the first. */
  readonly previousStatus: Status | null;
}

export interface WorkerView {
  readonly name: string;
  /** The newest event that it made happen. */
  readonly seenAt: string;
  readonly finished: number;
  /** What it runs now, as far as the viewer may see. */
  readonly running: readonly RunSummary[];
}

export type StatusCounts = Readonly<Record<Status, number>>;

/** How many packages of a suite and arch have which status. */
export interface PlatformCounts {
  readonly suite: string;
  readonly arch: string;
  readonly packages: StatusCounts;
}

/** One day of a suite and arch: its runs by status, and the packages by status at its end. */
export interface DayCounts {
  readonly day: string;
  readonly runs: StatusCounts;
  readonly packages: StatusCounts;
}

export interface PrefixCount {
  readonly prefix: string;
  readonly packages: number;
}

/** A package and in how many suites and architectures it has which status. */
export interface PackageSummary {
  readonly name: string;
  readonly statuses: StatusCounts;
}

/** The middle and nearly the worst (95 of 100 are less) of some times, in seconds; at most 4.5 % off. */
export interface Quantiles {
  readonly median: number;
  readonly p95: number;
}

/** The public runs of a suite and arch that ended on a day. */
export interface LatencyDay {
  readonly day: string;
  readonly runs: number;
  /** From the request to the start of the attempt that gave the result. */
  readonly start: Quantiles;
  /** From the request to the result. */
  readonly finish: Quantiles;
}

/** How often a package's result changed though neither version nor testbed had. */
export interface FlakyPackage extends Target {
  readonly flips: number;
  readonly lastFlipAt: string;
}

/** A result that differs from the one before it, though version and testbed are the same. */
export interface Flip {
  readonly run: RunSummary;
  readonly previousStatus: Status;
}

/** A package that does not stand the same on all architectures of a suite (tmpfails aside). */
export interface PlatformIssue {
  readonly suite: string;
  readonly package: string;
  /** By arch; those without a result are left out. */
  readonly statuses: readonly PackageStatus[];
}

export interface ApiKeyView {
  readonly keyId: string;
  readonly user: string;
  readonly issuedAt: string;
  /** Null: it is valid. */
  readonly revokedAt: string | null;
}

/** A package that was given a backend of its own. */
export interface PackageBackend {
  readonly package: string;
  readonly backend: string;
  readonly setAt: string;
  readonly setBy: string;
  readonly reason: string | null;
}

/** A package that does not have the same status at two points. */
export interface Difference extends DifferenceCursor {
  /** Null: it has none. */
  readonly from: Status | null;
  readonly to: Status | null;
}

/** Where a list by arch and package goes on: after this one. */
export type DifferenceCursor = Pick<Target, 'arch' | 'package'>;

/** Where a list by suite and package goes on: after this one. */
export type SuiteCursor = Pick<Target, 'suite' | 'package'>;

/** Where a list by date goes on: after this run. */
export interface DateCursor {
  readonly endedAt: string;
  readonly runId: number;
}

export interface QueueCursor {
  readonly priority: number;
  readonly runId: number;
}

/** A part of a list. `next`: where the next part begins; null: this is the last. */
export interface Page<Item, Cursor> {
  readonly items: readonly Item[];
  readonly next: Cursor | null;
}
