import { DebciError } from '../errors.js';
import type { Outcome } from '../events.js';
import type { Job } from '../job.js';

/** Which run a result says it belongs to. */
export type RunKey = Pick<Job, 'runId' | 'package' | 'suite' | 'arch'>;

/** A result as its worker packed it: at once, or as it is read from a disk. */
export type Tarball = Uint8Array | AsyncIterable<Uint8Array>;

/** The files of finished runs, in Debian's layout (`runFolder`): `log.gz` and `artifacts.tar.gz`. */
export interface ArtifactStore {
  /**
   * Takes a worker's result tarball apart in a place of its own, where it touches nothing else.
   * The tarball is hostile: nothing it holds is written outside, followed or executed; sizes and counts are capped.
   * @throws BrokenResultError where it is not a result: it is the caller's to set it aside.
   * @throws ArtifactsUnavailableError where the disk is full or refuses: nothing is wrong with the result.
   */
  receive(tarball: Tarball): Promise<StagedResult>;

  /** Keeps a message that could not be used, for a person to look at. Gives the path. */
  setAside(body: Uint8Array, reason: string): Promise<string>;

  /**
   * The log of a run, unpacked; null where there is none. A log that unpacks to far more than Debian's cap is cut.
   * The iteration throws BrokenResultError where the stored log is damaged.
   */
  readLog(run: RunKey): AsyncIterable<Uint8Array> | null;

  /** Removes a run's files; nothing to do where there are none. */
  purge(run: RunKey): Promise<void>;
}

/** A received result that is not yet in its place. Either `commit` or `discard` ends it. */
export interface StagedResult {
  readonly run: RunKey;
  readonly outcome: Outcome;
  /** Debian's workers repeat the trigger; null where the file is missing. */
  readonly trigger: string | null;
  /** Puts the files in their place, atomically, over what was there. Safe to repeat. */
  commit(): Promise<void>;
  /** Removes what lies in their place: it was put there, but then the run came to an end without a result. */
  withdraw(): Promise<void>;
  discard(): Promise<void>;
}

/** A tarball that is no result: damaged, too big, or with entries that no result has. */
export class BrokenResultError extends DebciError {
  readonly code = 'E_BROKEN_RESULT';
}

/** The files cannot be written or read: a full disk, a folder that is missing or not ours. */
export class ArtifactsUnavailableError extends DebciError {
  readonly code = 'E_ARTIFACTS_UNAVAILABLE';
}
