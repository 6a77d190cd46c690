import type { Job } from '../job.js';
import type { RunKey } from './artifact-store.js';
import type { Position } from './event-store.js';

/** A job without a result. */
export interface OpenJob {
  readonly job: Job;
  /** The attempt that is due or running. */
  readonly attempt: number;
  /** Who runs it; null while it waits. */
  readonly worker: string | null;
}

/** What the collector asks its projections. Answers hold for the log up to where the projections have come. */
export interface JobIndex {
  /** Resolves when everything up to the position is in. */
  reached(position: Position): Promise<void>;
  /** One more than the highest run id ever given; 1 at first. */
  nextRunId(): number;
  /** The jobs that a request made already: by their index in the request, the run id. */
  runsOfRequest(requestId: string): ReadonlyMap<number, number>;
  openJobs(): Iterable<OpenJob>;
  /** The backend that a package was given; null: none. */
  packageBackend(name: string): string | null;
  /** Finished runs with files, but for those that a package's status comes from. @param endedBefore ISO 8601 in UTC */
  runsWithOldFiles(endedBefore: string): Iterable<RunKey>;
}
