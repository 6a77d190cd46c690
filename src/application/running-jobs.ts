import type { Logger } from '../domain/ports/logger.js';
import type { Message, MessageBus } from '../domain/ports/message-bus.js';
import { decodeAttempt, UNWANTED_SUBJECT } from './messages/control.js';
import { MalformedMessageError } from './messages/malformed.js';

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

  /** Does the work with a signal that aborts when the run is unwanted; `callOff` makes it so. One at a time a run. */
  async track<Result>(
    runId: number,
    attempt: number | null,
    work: (unwanted: AbortSignal, callOff: () => void) => Promise<Result>,
  ): Promise<Result> {
    const abort = new AbortController();
    this.running.set(runId, { attempt, abort });
    const callOff = (): void => {
      this.callOff(runId);
    };
    try {
      return await work(abort.signal, callOff);
    } finally {
      this.running.delete(runId);
    }
  }

  /** Listens until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    for await (const message of await this.bus.subscribe(UNWANTED_SUBJECT, { signal })) this.hear(message);
  }

  private hear({ body }: Message): void {
    try {
      this.callOff(decodeAttempt(body).runId);
    } catch (error) {
      if (!(error instanceof MalformedMessageError)) throw error;
      this.logger.warn({ reason: error.message }, 'a control message was dropped');
    }
  }

  private callOff(runId: number): void {
    const abort = this.running.get(runId)?.abort;
    if (abort === undefined || abort.signal.aborted) return;
    this.logger.info({ runId }, 'the run is no longer wanted; it is stopped');
    abort.abort();
  }
}
