import type { Clock } from '../domain/ports/clock.js';
import type { Logger } from '../domain/ports/logger.js';
import type { JobIndex } from '../domain/ports/job-index.js';
import type { MessageBus } from '../domain/ports/message-bus.js';
import { testRunDecider, testStream } from '../domain/test-run.js';
import { BY_COLLECTOR, type EventLog } from './event-log.js';
import { pause } from './pause.js';

/** Without a sign of life for this long an attempt is given up, unless the settings say otherwise. */
export const LEASE_MS = 5 * 60_000;
/** Leases are looked through so many times before one runs out: every 10 s. */
const LOOKS_A_LEASE = 30;

interface Lease {
  readonly attempt: number;
  readonly worker: string;
  readonly lastSign: number;
}

function inWords(ms: number): string {
  return ms < 60_000 ? `${ms / 1000} s` : `${ms / 60_000} min`;
}

export interface LeasesParts {
  readonly bus: MessageBus;
  readonly log: EventLog;
  readonly index: JobIndex;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default 5 min. */
  readonly leaseMs?: number;
  /** How often leases are looked through; default a thirtieth of a lease. */
  readonly checkLeasesEveryMs?: number;
}

/**
 * Which workers run what, by their last sign of life. Kept in memory only: a collector that starts grants every
 * running attempt a whole new lease; so does one that cannot hear anybody for now, because its broker is gone.
 * Debian's workers do not say that they start, so they have none.
 */
export class Leases {
  private readonly leases = new Map<number, Lease>();

  private readonly leaseMs: number;

  constructor(private readonly parts: LeasesParts) {
    this.leaseMs = parts.leaseMs ?? LEASE_MS;
  }

  /** A sign of life of an attempt that was started. One that came before its start, or after its end, counts for nothing. */
  prolong(runId: number, attempt: number, worker: string): void {
    const lease = this.leases.get(runId);
    if (lease?.attempt === attempt && lease.worker === worker) this.grant(runId, attempt, worker);
  }

  /** The attempt runs: a new lease. */
  grant(runId: number, attempt: number, worker: string): void {
    this.leases.set(runId, { attempt, worker, lastSign: this.parts.clock.now().getTime() });
  }

  /** The run is over. */
  end(runId: number): void {
    this.leases.delete(runId);
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { index, bus, checkLeasesEveryMs = this.leaseMs / LOOKS_A_LEASE } = this.parts;
    for (const { job, attempt, worker } of index.openJobs()) {
      if (worker !== null) this.grant(job.runId, attempt, worker);
    }
    while (!signal.aborted) {
      if (bus.status.kind === 'connected') await this.expire();
      else this.renewAll();
      await pause(checkLeasesEveryMs, signal);
    }
  }

  /** Gives up every running attempt: to be called before `run`, where it is known that no worker is left. */
  async abandonAll(reason: string): Promise<void> {
    for (const { job, attempt, worker } of [...this.parts.index.openJobs()]) {
      if (worker !== null) await this.abandon(job.runId, { attempt, worker }, reason);
    }
  }

  private renewAll(): void {
    for (const [runId, { attempt, worker }] of this.leases) this.grant(runId, attempt, worker);
  }

  /** Gives up the attempts whose lease ran out. What cannot be written now is tried again at the next look. */
  private async expire(): Promise<void> {
    const now = this.parts.clock.now().getTime();
    for (const [runId, lease] of this.leases) {
      if (now - lease.lastSign < this.leaseMs) continue;
      try {
        await this.abandon(runId, lease, `no sign of life for ${inWords(this.leaseMs)}`);
        if (this.leases.get(runId) === lease) this.leases.delete(runId);
      } catch (error) {
        this.parts.logger.error({ err: error, runId }, 'an attempt could not be given up');
      }
    }
  }

  /** Nothing happens to a run that has ended meanwhile, or is at another attempt. */
  private async abandon(runId: number, lease: Omit<Lease, 'lastSign'>, reason: string): Promise<void> {
    const { attempt, worker } = lease;
    const { log, clock, logger } = this.parts;
    const command = { type: 'abandon', runId, attempt, reason, at: clock.now().toISOString() } as const;
    const { events } = await log.handle(testRunDecider, testStream(runId), command, BY_COLLECTOR);
    if (events.length > 0) logger.warn({ runId, attempt, worker, reason }, 'the attempt is given up');
  }
}
