import type { LastRun } from '../batch-decision.js';

/** Where tests are run. */
export interface Platform {
  readonly suite: string;
  readonly arch: string;
}

/** Past and open runs of a platform, at one moment. */
export interface PlatformHistory {
  /** By package, the newest run that counts for its status; packages without one are not in it. */
  readonly lastRuns: ReadonlyMap<string, LastRun>;
  /** Packages with an open run that is neither private nor pinned. */
  readonly pending: ReadonlySet<string>;
  /** Packages that are marked: the archive had them no more. */
  readonly removed: ReadonlySet<string>;
  /** By package, the backend that it was given; packages without one are not in it. */
  readonly backends: ReadonlyMap<string, string>;
}

/** What batch asks of past runs. */
export interface TestHistory {
  /**
   * @param asked by package, the last run that batch asked for: those that have not come into the history yet, which
   * takes a moment, are pending too.
   */
  of(platform: Platform, asked: ReadonlyMap<string, number>): PlatformHistory;
}
