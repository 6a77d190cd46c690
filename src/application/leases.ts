import type { Clock } from '../domain/ports/clock.js';
import type { Logger } from '../domain/ports/logger.js';
import type { JobIndex } from '../domain/ports/job-index.js';
import { testRunDecider, testStream } from '../domain/test-run.js';
import type { EventLog } from './event-log.js';
import { pause } from './pause.js';

/** A worker says `alive` every 30 s; without a sign of life for this long its attempt is given up. */
export const LEASE_MS = 5 * 60_000;
/** How often leases are looked through. */
const CHECK_EVERY_MS = 10_000;

const BY_COLLECTOR = { actor: 'collector', causationId: null, correlationId: null };

interface Lease {
  readonly attempt: number;
  readonly worker: string;
  readonly lastSign: number;
}

/**
 * Which workers run what, by their last sign of life. Kept in memory only: a collector that starts grants every
 * running attempt a whole new lease. Debian's workers do not say that they start, so they have none.
 */
export class Leases {
  private readonly leases = new Map<number, Lease>();

  constructor(
    private readonly log: EventLog,
    private readonly index: JobIndex,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly checkEveryMs = CHECK_EVERY_MS,
  ) {}

  /** A sign of life of an attempt that was started. One that came before its start, or after its end, counts for nothing. */
  prolong(runId: number, attempt: number, worker: string): void {
    const lease = this.leases.get(runId);
    if (lease?.attempt === attempt && lease.worker === worker) this.grant(runId, attempt, worker);
  }

  /** The attempt runs: a new lease. */
  grant(runId: number, attempt: number, worker: string): void {
    this.leases.set(runId, { attempt, worker, lastSign: this.clock.now().getTime() });
  }

  /** The run is over. */
  end(runId: number): void {
    this.leases.delete(runId);
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    for (const { job, attempt, worker } of this.index.openJobs()) {
      if (worker !== null) this.grant(job.runId, attempt, worker);
    }
    while (!signal.aborted) {
      await this.expire();
      await pause(this.checkEveryMs, signal);
    }
  }

  /** Gives up every running attempt: to be called before `run`, where it is known that no worker is left. */
  async abandonAll(reason: string): Promise<void> {
    for (const { job, attempt, worker } of [...this.index.openJobs()]) {
      if (worker !== null) await this.abandon(job.runId, { attempt, worker }, reason);
    }
  }

  /** Gives up the attempts whose lease ran out. What cannot be written now is tried again at the next look. */
  private async expire(): Promise<void> {
    const now = this.clock.now().getTime();
    for (const [runId, lease] of this.leases) {
      if (now - lease.lastSign < LEASE_MS) continue;
      try {
        await this.abandon(runId, lease, `no sign of life for ${LEASE_MS / 60_000} min`);
        if (this.leases.get(runId) === lease) this.leases.delete(runId);
      } catch (error) {
        this.logger.error({ err: error, runId }, 'an attempt could not be given up');
      }
    }
  }

  /** Nothing happens to a run that has ended meanwhile, or is at another attempt. */
  private async abandon(runId: number, lease: Omit<Lease, 'lastSign'>, reason: string): Promise<void> {
    const { attempt, worker } = lease;
    const command = { type: 'abandon', runId, attempt, reason, at: this.clock.now().toISOString() } as const;
    const { events } = await this.log.handle(testRunDecider, testStream(runId), command, BY_COLLECTOR);
    if (events.length > 0) this.logger.warn({ runId, attempt, worker, reason }, 'the attempt is given up');
  }
}
