import type { Logger } from '../domain/ports/logger.js';
import type { Message, MessageBus } from '../domain/ports/message-bus.js';
import { decodeAttempt, UNWANTED_SUBJECT } from './messages/control.js';
import { MalformedMessageError } from './messages/malformed.js';
import type { Runnable } from './run-together.js';
import { closeLate, whenUp } from './when-up.js';

interface Running {
  readonly attempt: number | null;
  readonly abort: AbortController;
}

/** What a worker runs now, so that a run which is no longer wanted can be ended. */
export class RunningJobs {
  private readonly running = new Map<number, Running>();

  constructor(
    private readonly bus: MessageBus,
    private readonly logger: Logger,
  ) {}

  /** Which attempt at a run is under way here; null: one that is not counted; undefined: none. */
  attemptAt(runId: number): number | null | undefined {
    return this.running.get(runId)?.attempt;
  }

  /** Does the work with a signal that aborts when the run is unwanted. One at a time a run. */
  async track<Result>(
    runId: number,
    attempt: number | null,
    work: (unwanted: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const abort = new AbortController();
    this.running.set(runId, { attempt, abort });
    try {
      return await work(abort.signal);
    } finally {
      this.running.delete(runId);
    }
  }

  /** Ends the run, if it goes on here. */
  stop(runId: number): void {
    const abort = this.running.get(runId)?.abort;
    if (abort === undefined || abort.signal.aborted) return;
    this.logger.info({ runId }, 'the run is no longer wanted; it is stopped');
    abort.abort();
  }

  /** Resolves when it hears the collector, so that no job begins before; what it gives then listens. Null: stopped. */
  async listen(stop: AbortSignal): Promise<Runnable | null> {
    const subscription = await whenUp(() => this.bus.subscribe(UNWANTED_SUBJECT), this.logger, stop, closeLate);
    if (subscription === null) return null;
    return {
      run: async (signal) => {
        const close = (): void => void subscription.close();
        signal.addEventListener('abort', close, { once: true });
        if (signal.aborted) close();
        for await (const message of subscription) this.hear(message);
      },
    };
  }

  private hear({ body }: Message): void {
    try {
      this.stop(decodeAttempt(body).runId);
    } catch (error) {
      if (!(error instanceof MalformedMessageError)) throw error;
      this.logger.warn({ reason: error.message }, 'a control message was dropped');
    }
  }
}
