import type { ArtifactStore, RunKey } from '../domain/ports/artifact-store.js';
import type { Clock } from '../domain/ports/clock.js';
import type { JobIndex } from '../domain/ports/job-index.js';
import type { Logger } from '../domain/ports/logger.js';
import { testRunDecider, testStream } from '../domain/test-run.js';
import { BY_COLLECTOR, type EventLog } from './event-log.js';
import { pause } from './pause.js';

const DAY_MS = 24 * 60 * 60_000;
const LOOK_EVERY_MS = 60 * 60_000;
/** Between two removals: at most 20 a second, since each has pages made anew. 300,000 tests a day need 3.5. */
const BREATH_MS = 50;

export interface RetentionParts {
  readonly log: EventLog;
  readonly index: JobIndex;
  readonly artifacts: ArtifactStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Files are kept for so long; 0: for ever. */
  readonly retentionDays: number;
}

/**
 * Removes logs and artifacts of runs that ended long ago (Debian's `data_retention_days`). Unlike in Debian's debci, those
 * that a package's present status comes from are kept however old: they tell why it fails. What happened stays in the log.
 */
export class Retention {
  constructor(private readonly parts: RetentionParts) {}

  /** Looks every hour, until the signal aborts. What cannot be removed now is tried again at the next look. */
  async run(signal: AbortSignal): Promise<void> {
    const { retentionDays, logger } = this.parts;
    if (retentionDays === 0) return;
    while (!signal.aborted) {
      try {
        const runs = await this.#look(signal);
        if (runs > 0) logger.info({ runs, retentionDays }, 'logs and artifacts of old runs were removed');
      } catch (error) {
        logger.error({ err: error }, 'logs and artifacts of old runs could not be removed');
      }
      await pause(LOOK_EVERY_MS, signal);
    }
  }

  /** One by one, and not in haste: after years without, there may be millions. */
  async #look(signal: AbortSignal): Promise<number> {
    const { index, clock, retentionDays } = this.parts;
    const endedBefore = new Date(clock.now().getTime() - retentionDays * DAY_MS).toISOString();
    let runs = 0;
    for (const run of index.runsWithOldFiles(endedBefore)) {
      if (signal.aborted) break;
      await this.#remove(run);
      runs++;
      await pause(BREATH_MS, signal);
    }
    return runs;
  }

  /** The files go first: after a crash in between, they are removed again, and none is forgotten. */
  async #remove(run: RunKey): Promise<void> {
    const { log, artifacts, retentionDays } = this.parts;
    const reason = `kept for ${retentionDays} days`;
    const command = { type: 'purge', runId: run.runId, by: 'collector', reason } as const;
    await log.handle(testRunDecider, testStream(run.runId), command, BY_COLLECTOR, () => artifacts.purge(run));
  }
}
