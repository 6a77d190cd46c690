import type { RunRecord } from '../../projections/views.js';
import type { Status } from '../../domain/verdict.js';
import { formatDuration } from '../format.js';

/**
 * A job as Debian's debci gives it in JSON: these fields, none more. Times are ISO 8601 in UTC with milliseconds;
 * what is unknown is null.
 */
export interface JobJson {
  readonly run_id: number;
  readonly package: string;
  readonly suite: string;
  readonly arch: string;
  readonly version: string | null;
  readonly status: Status;
  readonly date: string;
  readonly trigger: string | null;
  readonly duration_seconds: number | null;
  readonly duration_human: string | null;
  readonly requestor: string | null;
  readonly message: string | null;
  readonly previous_status: Status | null;
  readonly last_pass_date: string | null;
  readonly last_pass_version: string | null;
  /** Each: the packages, then the suite that they come from. */
  readonly pin_packages: readonly (readonly string[])[];
  readonly is_private: boolean;
  readonly extra_apt_sources: readonly string[];
  readonly updated_at: string;
}

export function jobJson(run: RunRecord): JobJson {
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
    previous_status: run.previousStatus,
    last_pass_date: run.lastPassAt,
    last_pass_version: run.lastPassVersion,
    pin_packages: run.pins.map(({ suite, packages }) => [...packages, suite]),
    // Private ones are in no list of records.
    is_private: false,
    extra_apt_sources: run.extraAptEntries.map(withoutPassword),
    updated_at: updatedAt(run),
  };
}

/** When what is told of the run changed last: it ended, or was published. */
function updatedAt({ endedAt, publishedAt }: RunRecord): string {
  return publishedAt !== null && publishedAt > endedAt ? publishedAt : endedAt;
}

/** The user and password that an address may carry are nobody's business. */
function withoutPassword(entry: string): string {
  return entry.replace(/:\/\/[^/\s]*@/g, '://');
}
