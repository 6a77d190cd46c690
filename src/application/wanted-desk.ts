import type { Logger } from '../domain/ports/logger.js';
import type { Message, MessageBus, Subscription } from '../domain/ports/message-bus.js';
import { testRunDecider, testStream, type TestRun } from '../domain/test-run.js';
import type { EventLog } from './event-log.js';
import { decodeAttempt, encodeAnswer, WANTED_SUBJECT, type AttemptKey } from './messages/control.js';
import { MalformedMessageError } from './messages/malformed.js';
import { closeLate, whenUp } from './when-up.js';

/**
 * Whether work on an attempt is of use: not where the run has ended or is at another attempt, nor where another worker
 * has begun it (the job was delivered twice); should that one be lost, its lease brings the next attempt.
 */
function isWanted(run: TestRun, { attempt, worker }: AttemptKey): boolean {
  if (run.kind !== 'open') return false;
  if (attempt !== null && attempt !== run.attempt) return false;
  return worker === null || run.worker === null || run.worker === worker;
}

/**
 * Tells workers whether their job is still wanted: before they start, since it may have been cancelled in the queue,
 * and now and again while they run it.
 */
export class WantedDesk {
  constructor(
    private readonly bus: MessageBus,
    private readonly log: EventLog,
    private readonly logger: Logger,
  ) {}

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const subscribe = (): Promise<Subscription> => this.bus.subscribe(WANTED_SUBJECT, { group: 'collector', signal });
    const questions = await whenUp(subscribe, this.logger, signal, closeLate);
    for await (const question of questions ?? []) await this.answer(question);
  }

  /** A question without an answer is asked in vain: the worker starts, and its result counts for nothing. */
  private async answer(question: Message): Promise<void> {
    try {
      const key = decodeAttempt(question.body);
      const run = await this.log.state(testRunDecider, testStream(key.runId));
      await question.respond(encodeAnswer(isWanted(run, key)));
    } catch (error) {
      if (error instanceof MalformedMessageError) this.logger.warn({ reason: error.message }, 'a question was dropped');
      else this.logger.warn({ err: error }, 'a question of a worker was not answered');
    }
  }
}
