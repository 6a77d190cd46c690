import type { RequestedRun, RunRecord } from '../../projections/views.js';
import type { Status } from '../../domain/verdict.js';
import { formatDuration } from '../format.js';

/** What Debian's debci tells of every job in JSON. Times are ISO 8601 in UTC with milliseconds; what is unknown is null. */
interface AnyJobJson {
  readonly run_id: number;
  readonly package: string;
  readonly suite: string;
  readonly arch: string;
  readonly version: string | null;
  readonly status: Status | null;
  readonly date: string | null;
  readonly trigger: string | null;
  readonly duration_seconds: number | null;
  readonly duration_human: string | null;
  readonly requestor: string | null;
  readonly message: string | null;
  /** Each: the packages, then the suite that they come from. */
  readonly pin_packages: readonly (readonly string[])[];
  readonly is_private: boolean;
  readonly extra_apt_sources: readonly string[];
  readonly updated_at: string;
}

/** A finished public job as Debian's debci gives it in its data files: these fields, none more. */
export interface JobJson extends AnyJobJson {
  readonly status: Status;
  readonly date: string;
  readonly previous_status: Status | null;
  readonly last_pass_date: string | null;
  readonly last_pass_version: string | null;
}

/** A job as its requestor is told of it: `status` and `date` are null while it is open. */
export interface RequestedJobJson extends AnyJobJson {
  readonly created_at: string;
}

export function jobJson(run: RunRecord): JobJson {
  return {
    // Private ones are in no list of records.
    ...anyJobJson(run, false),
    status: run.status,
    date: run.endedAt,
    previous_status: run.previousStatus,
    last_pass_date: run.lastPassAt,
    last_pass_version: run.lastPassVersion,
  };
}

export function requestedJobJson(run: RequestedRun): RequestedJobJson {
  return { ...anyJobJson(run, run.private), created_at: run.enqueuedAt };
}

function anyJobJson(run: RunRecord | RequestedRun, isPrivate: boolean): AnyJobJson {
  const { durationSeconds: seconds } = run;
  return {
    run_id: run.runId,
    package: run.package,
    suite: run.suite,
    arch: run.arch,
    version: run.version,
    status: run.status,
    date: run.endedAt,
    trigger: run.trigger,
    duration_seconds: seconds,
    duration_human: seconds === null ? null : formatDuration(seconds),
    requestor: run.requestor,
    message: run.message,
    pin_packages: run.pins.map(({ suite, packages }) => [...packages, suite]),
    is_private: isPrivate,
    extra_apt_sources: run.extraAptEntries.map(withoutPassword),
    updated_at: run.updatedAt,
  };
}

/** The user and password that an address may carry are nobody's business. */
function withoutPassword(entry: string): string {
  return entry.replace(/:\/\/[^/\s]*@/g, '://');
}
