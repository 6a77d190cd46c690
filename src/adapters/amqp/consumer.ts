import type { Channel, ConsumeMessage } from 'amqplib';
import type { Logger } from '../../domain/ports/logger.js';
import type { ConsumeOptions, Consumer, Delivery, DurableQueue, Message } from '../../domain/ports/message-bus.js';
import { Inbox } from '../shared/inbox.js';
import type { Connection } from './connection.js';
import { open } from './envelope.js';
import { Receiver, visible } from './receiver.js';
import { declareQueue } from './topology.js';

/** A message on the channel that brought it. Once that is gone it can no longer be settled, and comes again. */
interface Arrival {
  readonly message: ConsumeMessage;
  readonly channel: Channel;
}

type Responder = (message: ConsumeMessage) => Message['respond'];

/** Takes messages from a durable queue. After `close` its channel stays open until what was handed out is settled. */
export class AmqpConsumer implements Consumer {
  private readonly inbox: Inbox<Arrival, Delivery>;
  private readonly receiver: Receiver;
  private readonly timers = new Set<NodeJS.Timeout>();
  /** Handed out, not settled; of the present channel. */
  private readonly open = new Set<Arrival>();
  private closing = false;

  constructor(
    connection: Connection,
    queue: DurableQueue,
    { maxInFlight, exclusive = false }: ConsumeOptions,
    private readonly responder: Responder,
    private readonly onGone: () => void,
    logger: Logger,
  ) {
    this.inbox = new Inbox({ open: (arrival: Arrival) => this.handOut(arrival), onLeave: () => this.close() });
    this.receiver = new Receiver(
      connection,
      {
        task: `consume from ${queue.name}`,
        begin: async (channel, receive) => {
          await declareQueue(channel, queue);
          await channel.prefetch(maxInFlight);
          return (await channel.consume(queue.name, receive, { exclusive })).consumerTag;
        },
        receive: (message, channel) => {
          this.inbox.push({ message, channel });
        },
        lost: () => {
          this.inbox.drain();
          this.open.clear();
          if (this.closing) this.gone();
        },
        failed: (error) => {
          this.inbox.end(visible(error));
          this.gone();
        },
      },
      logger,
    );
  }

  start(): Promise<void> {
    return this.receiver.start();
  }

  [Symbol.asyncIterator](): AsyncIterator<Delivery> {
    return this.inbox[Symbol.asyncIterator]();
  }

  async close(): Promise<void> {
    if (this.closing) return;
    this.closing = true;
    await this.receiver.stop();
    for (const { message, channel } of this.inbox.end())
      quietly(() => {
        channel.nack(message, false, true);
      });
    await this.releaseIfIdle();
  }

  /** Closes at once; what is not settled goes back to the queue. */
  async abandon(): Promise<void> {
    await this.close();
    this.open.clear();
    await this.receiver.release();
    this.gone();
  }

  private handOut(arrival: Arrival): Delivery {
    const { message } = arrival;
    this.open.add(arrival);
    return {
      ...open(message, this.responder(message)),
      redelivered: message.fields.redelivered,
      ack: () => {
        this.settle(arrival, (channel) => {
          channel.ack(message);
        });
      },
      nak: (delayMs = 0) => {
        this.nak(arrival, delayMs);
      },
      term: () => {
        this.settle(arrival, (channel) => {
          channel.nack(message, false, false);
        });
      },
      working: () => undefined,
    };
  }

  /** A delayed one stays unacknowledged here while it waits; a crash ends the wait early. */
  private nak(arrival: Arrival, delayMs: number): void {
    const back = (): void => {
      this.settle(arrival, (channel) => {
        channel.nack(arrival.message, false, true);
      });
    };
    if (delayMs <= 0 || !this.open.has(arrival)) {
      back();
      return;
    }
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      this.open.add(arrival);
      back();
    }, delayMs);
    this.timers.add(timer);
  }

  private settle(arrival: Arrival, tell: (channel: Channel) => void): void {
    if (!this.open.delete(arrival)) return;
    quietly(() => {
      tell(arrival.channel);
    });
    if (this.closing) void this.releaseIfIdle();
  }

  private async releaseIfIdle(): Promise<void> {
    if (this.open.size > 0 || this.timers.size > 0) return;
    await this.receiver.release();
    this.gone();
  }

  private gone(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
    this.onGone();
  }
}

/** A channel that has just gone throws; its messages come again. */
function quietly(tell: () => void): void {
  try {
    tell();
  } catch {
    // The broker has put the message back.
  }
}
