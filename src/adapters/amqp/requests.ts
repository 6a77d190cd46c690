import { randomUUID } from 'node:crypto';
import type { ConsumeMessage } from 'amqplib';
import {
  NoRouteError,
  RequestTimeoutError,
  type Message,
  type RequestOptions,
} from '../../domain/ports/message-bus.js';
import { open, properties } from './envelope.js';
import type { Publisher } from './publisher.js';
import { EXCHANGE } from './topology.js';

/**
 * A request that nobody took within this part of its time is dropped by the broker: before we give up, so that an
 * error means that it is gone, and early enough for who takes it to answer.
 */
const TAKEN_WITHIN = 0.8;

interface Waiting {
  readonly resolve: (reply: Message) => void;
  readonly reject: (error: Error) => void;
}

const noRespond = (): Promise<void> => Promise.resolve();

/** Requests that wait for their reply. A lost channel ends them: the broker could no longer deliver the reply. */
export class Requests {
  private readonly waiting = new Map<string, Waiting>();

  async send(publisher: Publisher, subject: string, body: Uint8Array, options: RequestOptions): Promise<Message> {
    const correlationId = randomUUID();
    const { timeoutMs } = options;
    let timer: NodeJS.Timeout | undefined;
    const reply = new Promise<Message>((resolve, reject) => {
      this.waiting.set(correlationId, { resolve, reject });
      timer = setTimeout(() => {
        reject(new RequestTimeoutError(subject, timeoutMs));
      }, timeoutMs);
    });
    // Heard below; until then a rejection must not count as unhandled.
    reply.catch(() => undefined);
    try {
      const expiring = {
        ...properties({ ...options, routed: true }),
        correlationId,
        expiration: String(Math.ceil(timeoutMs * TAKEN_WITHIN)),
      };
      await Promise.race([publisher.request({ exchange: EXCHANGE, key: subject, body, properties: expiring }), reply]);
      return await reply;
    } catch (error) {
      throw error instanceof NoRouteError ? new NoRouteError(subject) : error;
    } finally {
      clearTimeout(timer);
      this.waiting.delete(correlationId);
    }
  }

  take(reply: ConsumeMessage): void {
    this.waiting.get(String(reply.properties.correlationId))?.resolve(open(reply, noRespond));
  }

  fail(error: Error): void {
    for (const { reject } of this.waiting.values()) reject(error);
  }
}
