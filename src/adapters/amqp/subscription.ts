import type { ConsumeMessage } from 'amqplib';
import type { Logger } from '../../domain/ports/logger.js';
import type { Message, SubscribeOptions, Subscription } from '../../domain/ports/message-bus.js';
import { Inbox } from '../shared/inbox.js';
import type { Connection } from './connection.js';
import { open } from './envelope.js';
import { Receiver, visible } from './receiver.js';
import { bindingKey, EXCHANGE } from './topology.js';

type Responder = (message: ConsumeMessage) => Message['respond'];

/**
 * Receives what is published while it stands, on a queue of its own that goes with it; the members of a group share
 * one, which goes with the last of them. What is published while the connection is away is missed, as in NATS.
 */
export class AmqpSubscription implements Subscription {
  private readonly inbox: Inbox<ConsumeMessage, Message>;
  private readonly receiver: Receiver;
  private closed = false;

  constructor(
    connection: Connection,
    pattern: string,
    { group, signal }: SubscribeOptions,
    responder: Responder,
    private readonly onGone: () => void,
    logger: Logger,
  ) {
    this.inbox = new Inbox({
      open: (message: ConsumeMessage) => open(message, responder(message)),
      onLeave: () => this.close(),
    });
    const name = group === undefined ? '' : `debci.group.${group}.${pattern}`;
    this.receiver = new Receiver(
      connection,
      {
        task: `subscribe to ${pattern}`,
        begin: async (channel, receive) => {
          const options = { autoDelete: true, durable: false, exclusive: group === undefined };
          const { queue } = await channel.assertQueue(name, options);
          await channel.bindQueue(queue, EXCHANGE, bindingKey(pattern));
          return (await channel.consume(queue, receive, { noAck: true })).consumerTag;
        },
        receive: (message) => {
          this.inbox.push(message);
        },
        lost: () => undefined,
        failed: (error) => {
          this.inbox.end(visible(error));
          this.onGone();
        },
      },
      logger,
    );
    signal?.addEventListener('abort', () => void this.close(), { once: true });
    if (signal?.aborted === true) void this.close();
  }

  async start(): Promise<void> {
    if (!this.closed) await this.receiver.start();
  }

  [Symbol.asyncIterator](): AsyncIterator<Message> {
    return this.inbox[Symbol.asyncIterator]();
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.inbox.end();
    await this.receiver.stop();
    await this.receiver.release();
    this.onGone();
  }
}
