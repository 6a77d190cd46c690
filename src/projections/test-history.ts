import type { LastRun } from '../domain/batch-decision.js';
import type { Platform, PlatformHistory, TestHistory } from '../domain/ports/test-history.js';
import type { ReadModel } from './read-model.js';
import type { QueueCursor, Target } from './views.js';

/** Lists are read in parts of this size. */
const PART = 1000;

/** What batch asks, answered by the read model. */
export class ProjectedTestHistory implements TestHistory {
  constructor(private readonly model: Pick<ReadModel, 'packages' | 'runs' | 'backends' | 'snapshot'>) {}

  of(platform: Platform, asked: ReadonlyMap<string, number>): PlatformHistory {
    return this.model.snapshot(() => {
      const { lastRuns, removed } = this.#lastRuns(platform);
      const pending = this.#pending(platform);
      for (const [name, runId] of asked) {
        // A run that is older than the last one was cancelled, or overtaken: it does not come any more.
        const mayCome = runId > (lastRuns.get(name)?.runId ?? 0) && !pending.has(name);
        if (mayCome && this.model.runs.byId(runId) === null) pending.add(name);
      }
      const backends = new Map(this.model.backends.all().map(({ package: name, backend }) => [name, backend]));
      return { lastRuns, pending, removed, backends };
    });
  }

  #lastRuns({ suite, arch }: Platform): { lastRuns: Map<string, LastRun>; removed: Set<string> } {
    const lastRuns = new Map<string, LastRun>();
    const removed = new Set<string>();
    for (let after: Target | null | undefined; after !== null;) {
      const part = this.model.packages.statuses(
        { suite, arch, removed: true },
        { limit: PART, ...(after && { after }) },
      );
      for (const { package: name, run, removedAt } of part.items) {
        if (removedAt !== null) removed.add(name);
        if (run?.status == null || run.endedAt === null) continue;
        const { runId, status, endedAt, durationSeconds } = run;
        lastRuns.set(name, { runId, status, endedAt, durationSeconds });
      }
      after = part.next;
    }
    return { lastRuns, removed };
  }

  #pending({ suite, arch }: Platform): Set<string> {
    const packages = new Set<string>();
    for (let after: QueueCursor | null | undefined; after !== null;) {
      const part = this.model.runs.queue({ suite, arch, limit: PART, ...(after && { after }) });
      for (const { package: name, pins } of part.items) if (pins.length === 0) packages.add(name);
      after = part.next;
    }
    return packages;
  }
}
