import { randomUUID } from 'node:crypto';
import { type ConsumeMessage } from 'amqplib';
import {
  BusUnavailableError,
  RequestTimeoutError,
  type Message,
  type RequestOptions,
} from '../../domain/ports/message-bus.js';
import { type Lane } from './channel.js';
import { channelError } from './errors.js';
import { publishProperties, readMessage } from './message.js';
import { type Publisher } from './publisher.js';
import { EXCHANGE } from './topology.js';

/** RabbitMQ's pseudo-queue for replies: they come on the channel on which the request was published. */
const REPLY_TO = 'amq.rabbitmq.reply-to';
/** The part of the time-out for which a request may lie in a queue, so that it is gone when its sender gives up. */
const LIFETIME = 0.9;

interface Asked {
  readonly subject: string;
  readonly resolve: (reply: Message) => void;
  readonly reject: (error: Error) => void;
}

/** Requests under way, by correlation id. Each ends with its reply, its time-out, or the loss of the channel. */
export class Requests {
  private readonly asked = new Map<string, Asked>();
  private readonly listening = new WeakMap<Lane, Promise<unknown>>();

  constructor(
    private readonly publisher: Publisher,
    private readonly label: string,
  ) {}

  async request(subject: string, body: Uint8Array, options: RequestOptions): Promise<Message> {
    const id = randomUUID();
    let timer: NodeJS.Timeout | undefined;
    const reply = new Promise<Message>((resolve, reject) => {
      timer = setTimeout(() => {
        reject(new RequestTimeoutError(subject, options.timeoutMs));
      }, options.timeoutMs);
      this.send(id, { subject, resolve, reject }, body, options).catch(reject);
    });
    try {
      return await reply;
    } finally {
      clearTimeout(timer);
      this.asked.delete(id);
    }
  }

  rejectAll(error: BusUnavailableError): void {
    for (const asked of this.asked.values()) asked.reject(error);
  }

  private async send(id: string, asked: Asked, body: Uint8Array, options: RequestOptions): Promise<void> {
    const expiresAt = performance.now() + options.timeoutMs * LIFETIME;
    const lane = await this.publisher.ready(options.timeoutMs * LIFETIME);
    await this.listen(lane);
    const expiration = Math.floor(expiresAt - performance.now());
    if (lane !== this.publisher.lane || expiration < 1) {
      throw new BusUnavailableError(`${this.label} was not ready for a request in time`);
    }
    this.asked.set(id, asked);
    const properties = { ...publishProperties(options), mandatory: true, correlationId: id, replyTo: REPLY_TO };
    const outgoing = { subject: asked.subject, exchange: EXCHANGE, body } as const;
    await this.publisher.send({ ...outgoing, properties: { ...properties, expiration } });
  }

  /** Once on each channel, before its first request. */
  private async listen(lane: Lane): Promise<void> {
    const receive = (message: ConsumeMessage | null): void => {
      this.receive(message);
    };
    const listening = this.listening.get(lane) ?? lane.channel.consume(REPLY_TO, receive, { noAck: true });
    this.listening.set(lane, listening);
    try {
      await listening;
    } catch (error) {
      throw channelError(this.label, 'listen for replies', error);
    }
  }

  private receive(message: ConsumeMessage | null): void {
    if (message === null) return;
    const asked = this.asked.get(String(message.properties.correlationId));
    asked?.resolve({ ...readMessage(message), subject: asked.subject, respond: () => Promise.resolve() });
  }
}
