import type { Logger } from '../domain/ports/logger.js';
import type { MessageBus, PublishOptions } from '../domain/ports/message-bus.js';
import { decodeAnswer, encodeAttempt, WANTED_SUBJECT } from './messages/control.js';
import { encodeProgress, type ProgressMessage } from './messages/progress.js';
import { PROGRESS_SUBJECT } from './messages/subjects.js';

const ANSWER_WITHIN_MS = 5_000;

/** Tells the collector what a worker is at. */
export class ProgressReporter {
  constructor(
    private readonly bus: MessageBus,
    private readonly worker: string,
    private readonly logger: Logger,
    private readonly aliveEveryMs: number,
  ) {}

  /** Whether this worker is to begin the attempt. Without an answer in time it is: a result that is not wanted does no harm. */
  wanted(runId: number, attempt: number): Promise<boolean> {
    return this.ask({ runId, attempt, worker: this.worker });
  }

  /**
   * Resolves when the collector's queue holds the message: from then on the collector's lease guards the job.
   * @throws NoRouteError where there is no such queue: nobody would guard it
   */
  async started(runId: number, attempt: number): Promise<void> {
    await this.say({ type: 'started', runId, attempt, worker: this.worker }, { routed: true });
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
   * Says `alive` from time to time until stopped, and asks whether the run still needs work. What cannot be sent is left
   * out: the next may get through.
   */
  keepAlive(runId: number, attempt: number, onUnwanted: () => void): { stop(): void } {
    const tell = async (): Promise<void> => {
      await this.say({ type: 'alive', runId, attempt, worker: this.worker });
      if (!(await this.ask({ runId }))) onUnwanted();
    };
    const timer = setInterval(() => {
      tell().catch((error: unknown) => {
        this.logger.debug({ runId, err: error }, 'a sign of life could not be sent');
      });
    }, this.aliveEveryMs);
    return {
      stop: () => {
        clearInterval(timer);
      },
    };
  }

  private async ask(about: Parameters<typeof encodeAttempt>[0]): Promise<boolean> {
    try {
      const answer = await this.bus.request(WANTED_SUBJECT, encodeAttempt(about), { timeoutMs: ANSWER_WITHIN_MS });
      return decodeAnswer(answer.body);
    } catch (error) {
      this.logger.debug({ ...about, err: error }, 'nobody says whether the job is still wanted');
      return true;
    }
  }

  private async say(message: ProgressMessage, options: PublishOptions = {}): Promise<void> {
    await this.bus.publish(PROGRESS_SUBJECT, encodeProgress(message), options);
  }
}
