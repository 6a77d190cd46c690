import type { Logger } from '../domain/ports/logger.js';
import type { MessageBus } from '../domain/ports/message-bus.js';
import { decodeAnswer, encodeAttempt, WANTED_SUBJECT } from './messages/control.js';
import { encodeProgress, type ProgressMessage } from './messages/progress.js';
import { PROGRESS_SUBJECT } from './messages/subjects.js';

/** How often a worker tells that a test still runs; the collector's lease is ten times as long. */
const ALIVE_EVERY_MS = 30_000;
const ANSWER_WITHIN_MS = 5_000;

/** Tells the collector what a worker is at. */
export class ProgressReporter {
  constructor(
    private readonly bus: MessageBus,
    private readonly worker: string,
    private readonly logger: Logger,
  ) {}

  /**
   * Whether the collector still wants the attempt. Without an answer in time it counts as wanted: a result that is
   * not wanted does no harm.
   */
  async wanted(runId: number, attempt: number): Promise<boolean> {
    try {
      const timeoutMs = ANSWER_WITHIN_MS;
      const answer = await this.bus.request(WANTED_SUBJECT, encodeAttempt(runId, attempt), { timeoutMs });
      return decodeAnswer(answer.body);
    } catch (error) {
      this.logger.debug({ runId, err: error }, 'nobody says whether the job is still wanted');
      return true;
    }
  }

  /** Resolves when the broker holds the message: from then on the collector's lease guards the job. */
  async started(runId: number, attempt: number): Promise<void> {
    await this.bus.publish(PROGRESS_SUBJECT, encodeProgress({ type: 'started', runId, attempt, worker: this.worker }));
  }

  /** Gives the job back, for another worker. Where that cannot be said, the lease runs out instead. */
  async released(runId: number, attempt: number, reason: string): Promise<void> {
    try {
      await this.say({ type: 'released', runId, attempt, worker: this.worker, reason });
    } catch (error) {
      this.logger.warn({ runId, err: error }, 'could not tell that the job is given back; its lease will run out');
    }
  }

  /**
   * Says `alive` from time to time until stopped, and asks whether the run is still wanted. A sign of life that cannot
   * be sent is left out: the next may get through.
   */
  keepAlive(runId: number, attempt: number, onUnwanted: () => void): { stop(): void } {
    const timer = setInterval(() => {
      void this.signOfLife(runId, attempt, onUnwanted);
    }, ALIVE_EVERY_MS);
    return {
      stop: () => {
        clearInterval(timer);
      },
    };
  }

  private async signOfLife(runId: number, attempt: number, onUnwanted: () => void): Promise<void> {
    try {
      await this.say({ type: 'alive', runId, attempt, worker: this.worker });
      if (!(await this.wanted(runId, attempt))) onUnwanted();
    } catch (error) {
      this.logger.debug({ runId, err: error }, 'a sign of life could not be sent');
    }
  }

  private async say(message: ProgressMessage): Promise<void> {
    await this.bus.publish(PROGRESS_SUBJECT, encodeProgress(message));
  }
}
