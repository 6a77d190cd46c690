import { randomUUID } from 'node:crypto';
import { InvalidInputError, UnknownRunError, type DebciError } from '../domain/errors.js';
import type { Logger } from '../domain/ports/logger.js';
import type { Delivery, MessageBus } from '../domain/ports/message-bus.js';
import { RejectedPackageError } from '../domain/reject-list.js';
import { consumeLoop } from './consume.js';
import type { DeadLetters } from './dead-letters.js';
import { REQUESTS_QUEUE } from './messages/subjects.js';
import { NotARequestError, type RequestDesk } from './requests.js';

/** What the collector answers to a request. Nothing was stored where `ok` is false. */
export type Reply =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly exitCode: 1 | 2 };

const MAX_IN_FLIGHT = 16;

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    const value = cause instanceof Error ? cause.message : '';
    throw new NotARequestError([{ field: 'request', value, allowed: 'JSON in UTF-8' }]);
  }
}

function isRefusal(error: unknown): error is DebciError {
  return [InvalidInputError, UnknownRunError, RejectedPackageError].some((refusal) => error instanceof refusal);
}

/** Takes requests from the bus, has them carried out, and answers. */
export class RequestHandler {
  constructor(
    private readonly bus: MessageBus,
    private readonly desk: RequestDesk,
    private readonly deadLetters: DeadLetters,
    private readonly logger: Logger,
  ) {}

  /** Runs until the signal aborts; requests that were taken are finished first. */
  async run(signal: AbortSignal): Promise<void> {
    const { bus, deadLetters, logger } = this;
    const handle = (delivery: Delivery): Promise<void> => this.handle(delivery);
    const loop = { bus, queue: REQUESTS_QUEUE, maxInFlight: MAX_IN_FLIGHT, deadLetters, logger, handle };
    await consumeLoop(loop, signal);
  }

  private async handle(delivery: Delivery): Promise<void> {
    const requestId = delivery.messageId ?? randomUUID();
    const { redelivered } = delivery;
    try {
      const result = await this.desk.execute(parseJson(delivery.body), { requestId, redelivered });
      await this.answer(delivery, { ok: true, result });
      delivery.ack();
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const { code, message, exitCode } = error;
      this.logger.warn({ requestId, reason: message }, 'request refused');
      await this.answer(delivery, { ok: false, code, message, exitCode });
      // Who sent it may not have been waiting for an answer.
      if (error instanceof NotARequestError) await this.deadLetters.bury(REQUESTS_QUEUE, delivery, message);
      else delivery.term();
    }
  }

  /** The requestor may be gone; what was asked for is done all the same. */
  private async answer(delivery: Delivery, reply: Reply): Promise<void> {
    try {
      await delivery.respond(new TextEncoder().encode(JSON.stringify(reply)));
    } catch (error) {
      this.logger.warn({ err: error }, 'a request could not be answered');
    }
  }
}
