import { randomUUID } from 'node:crypto';
import type { Clock } from '../domain/ports/clock.js';
import type { Logger } from '../domain/ports/logger.js';
import {
  NoRouteError,
  type Delivery,
  type DurableQueue,
  type Headers,
  type MessageBus,
  type PublishOptions,
} from '../domain/ports/message-bus.js';
import {
  DEAD_BYTES_HEADER,
  DEAD_ID_HEADER,
  DEAD_QUEUE_HEADER,
  DEAD_REASON_HEADER,
  DEAD_SUBJECT_HEADER,
  DEAD_TIME_HEADER,
} from './messages/headers.js';
import { DEAD_LETTERS_QUEUE, DEAD_LETTERS_SUBJECT } from './messages/subjects.js';

/** Longer reasons are cut, and a sender's own headers above this are left out: all together must fit into a message. */
const MAX_REASON_CHARACTERS = 1_000;
const MAX_HEADERS_CHARACTERS = 8_000;

/**
 * Where messages go that nobody can use: to a queue of their own, for a person to look at. Such a message never blocks
 * the others and never ends a process.
 */
export class DeadLetters {
  private made = false;

  constructor(
    private readonly bus: MessageBus,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /**
   * Moves a message there: it leaves its queue only when the broker holds the copy.
   * @param queue where it came from, and goes again if a person sends it back
   * @throws BusUnavailableError; then the message is still its receiver's
   */
  async bury(queue: DurableQueue, delivery: Delivery, reason: string): Promise<void> {
    const { bus } = this;
    if (!this.made) await bus.ensureQueue(DEAD_LETTERS_QUEUE);
    this.made = true;
    const body = delivery.body.subarray(0, bus.capabilities.maxPayloadBytes);
    const headers = { ...modest(delivery.headers), ...this.label(queue, delivery.body.byteLength, reason) };
    try {
      await bus.publish(DEAD_LETTERS_SUBJECT, body, { headers, ...sentOn(delivery) });
    } catch (error) {
      if (error instanceof NoRouteError) this.made = false;
      throw error;
    }
    this.logger.warn({ queue: queue.name, reason }, 'a message could not be used and is among the dead letters now');
    delivery.term();
  }

  private label({ name, subjects: [subject = ''] }: DurableQueue, bytes: number, reason: string): Headers {
    return {
      [DEAD_ID_HEADER]: randomUUID().slice(0, 8),
      [DEAD_REASON_HEADER]: reason.toWellFormed().slice(0, MAX_REASON_CHARACTERS).toWellFormed(),
      [DEAD_QUEUE_HEADER]: name,
      [DEAD_SUBJECT_HEADER]: subject,
      [DEAD_TIME_HEADER]: this.clock.now().toISOString(),
      [DEAD_BYTES_HEADER]: String(bytes),
    };
  }
}

/** How a message that came is sent on as it was. Others than we may have given it more than our highest priority. */
export function sentOn({ messageId, priority }: Delivery): PublishOptions {
  return { priority: Math.min(priority, 10), routed: true, ...(messageId && { messageId }) };
}

function modest(headers: Headers): Headers {
  return JSON.stringify(headers).length > MAX_HEADERS_CHARACTERS ? {} : headers;
}
