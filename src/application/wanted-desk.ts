import type { Logger } from '../domain/ports/logger.js';
import type { Message, MessageBus } from '../domain/ports/message-bus.js';
import { testRunDecider, testStream } from '../domain/test-run.js';
import type { EventLog } from './event-log.js';
import { decodeAttempt, encodeAnswer, WANTED_SUBJECT } from './messages/control.js';
import { MalformedMessageError } from './messages/malformed.js';

/** Tells workers, before they start, whether their job is still wanted: it may have been cancelled in the queue. */
export class WantedDesk {
  constructor(
    private readonly bus: MessageBus,
    private readonly log: EventLog,
    private readonly logger: Logger,
  ) {}

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const questions = await this.bus.subscribe(WANTED_SUBJECT, { group: 'collector', signal });
    for await (const question of questions) await this.answer(question);
  }

  /** A question without an answer is asked in vain: the worker starts, and its result counts for nothing. */
  private async answer(question: Message): Promise<void> {
    try {
      const { runId, attempt } = decodeAttempt(question.body);
      const run = await this.log.state(testRunDecider, testStream(runId));
      await question.respond(encodeAnswer(run.kind === 'open' && run.attempt === attempt));
    } catch (error) {
      if (error instanceof MalformedMessageError) this.logger.warn({ reason: error.message }, 'a question was dropped');
      else this.logger.warn({ err: error }, 'a question of a worker was not answered');
    }
  }
}
