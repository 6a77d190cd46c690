import type { Archive } from '../../domain/ports/archive.js';
import type { BatchState } from '../../domain/ports/batch-state.js';
import type { Clock } from '../../domain/ports/clock.js';
import type { RejectList } from '../../domain/ports/reject-list.js';
import type { SeedList } from '../../domain/ports/seed-list.js';
import type { TestHistory } from '../../domain/ports/test-history.js';
import type { ExtraAptSource } from '../../domain/job.js';

export interface BatchParts {
  readonly archive: Archive;
  readonly history: TestHistory;
  readonly state: BatchState;
  readonly rejectList: RejectList;
  readonly seedList: SeedList;
  readonly clock: Clock;
}

/** What batch is to look at, and how the jobs are to be. */
export interface BatchScope {
  readonly suite: string;
  readonly arch: string;
  readonly backend: string;
  /** Nobody asked for this backend: packages that were given one of their own are run in that. */
  readonly backendByDefault: boolean;
  /** Seen by batch when it looks at dependencies, and by each test. */
  readonly extraAptSources: readonly ExtraAptSource[];
  /** Recommended packages count as dependencies. */
  readonly recommends: boolean;
  readonly requestor: string | null;
  /** Ask also for what needs no run. */
  readonly force: boolean;
  /** Of all that could be asked for, these packages only; null: no such bound. */
  readonly only: ReadonlySet<string> | null;
  /** The most jobs; null: no such bound. */
  readonly limit: number | null;
}

/** What batch does, for those who watch. */
export interface BatchObserver {
  /** @param total if known. */
  step(name: 'fetch' | 'read' | 'decide' | 'enqueue', done?: number, total?: number): void;
  /** A line that apt prints. */
  line(text: string): void;
}
