import { type Channel, type ConsumeMessage } from 'amqplib';
import { Inbox } from '../shared/inbox.js';
import { KeptChannel, type Lane } from './channel.js';
import { type Connection } from './connection.js';
import { Received } from './received.js';
import { type Troubles } from './troubles.js';

/** Where a feed's messages come from, and what is handed out for each. */
export interface FeedSource<Out> {
  /** Completes "could not …". */
  readonly task: string;
  readonly prefetch: number;
  readonly exclusive: boolean;
  /** Makes the queue and returns its name. */
  declare(lane: Lane): Promise<string>;
  open(received: Received): Out;
}

/**
 * Messages of a queue as an async iteration, on a channel of its own, so that its prefetch and order are its own.
 *
 *   flowing ──(the channel is lost)──> flowing again, once it is back; what was not handed out is forgotten, what was
 *      │                               is void, and RabbitMQ delivers both again
 *      └──(close)──> draining ──(all that was handed out has ended, or finish)──> closed
 *
 * `close` hands out nothing more from its first moment, and gives back what it has.
 */
export class Feed<Out> implements AsyncIterable<Out> {
  private readonly kept: KeptChannel;
  private readonly inbox: Inbox<Received, Out>;
  private readonly inFlight = new Set<Received>();
  /** Not handed out when it was closed. They go back once the broker brings no more, or it would bring them again. */
  private readonly unwanted: Received[] = [];
  private consumerTag = '';
  private draining = false;
  private stopListening: () => void = () => undefined;

  constructor(
    connection: Connection,
    private readonly troubles: Troubles,
    private readonly source: FeedSource<Out>,
    private readonly onClosed: (feed: Feed<Out>) => void,
  ) {
    this.inbox = new Inbox({
      open: (received) => this.handOut(received),
      onLeave: () => this.close(),
    });
    this.kept = new KeptChannel(connection, troubles, {
      task: source.task,
      setUp: (lane) => this.setUp(lane),
      onLost: () => {
        this.forget();
      },
      onFailed: (error) => {
        this.inbox.end(error);
      },
    });
  }

  /** @throws what declaring the queue throws, or BusUnavailableError if it took longer. */
  open(timeoutMs: number): Promise<void> {
    return this.kept.open(timeoutMs);
  }

  async close(): Promise<void> {
    if (this.draining) return;
    this.draining = true;
    this.stopListening();
    this.unwanted.push(...this.inbox.end());
    await this.kept.lane?.channel.cancel(this.consumerTag).catch(() => undefined);
    for (const received of this.unwanted.splice(0)) received.giveBack();
    await this.finishIfDrained();
  }

  /** Closes when the signal aborts, or now if it has. */
  closeOn(signal: AbortSignal | undefined): void {
    const onAbort = (): void => void this.close();
    signal?.addEventListener('abort', onAbort);
    this.stopListening = () => signal?.removeEventListener('abort', onAbort);
    if (signal?.aborted === true) onAbort();
  }

  /** Closes for good: what was handed out and has not ended goes back. */
  async finish(): Promise<void> {
    await this.close();
    await this.kept.close();
    this.onClosed(this);
  }

  [Symbol.asyncIterator](): AsyncIterator<Out> {
    return this.inbox[Symbol.asyncIterator]();
  }

  private async setUp(lane: Lane): Promise<void> {
    const { channel } = lane;
    const queue = await this.source.declare(lane);
    await channel.prefetch(this.source.prefetch);
    const receive = (message: ConsumeMessage | null): void => {
      if (message !== null) this.receive(lane, message);
      else this.queueDeleted(queue, channel);
    };
    const { consumerTag } = await channel.consume(queue, receive, { exclusive: this.source.exclusive });
    this.consumerTag = consumerTag;
  }

  /** A new channel makes it anew. */
  private queueDeleted(queue: string, channel: Channel): void {
    this.troubles.warn('queue-deleted', { queue }, 'a queue was deleted, and is made anew');
    void channel.close().catch(() => undefined);
  }

  private receive(lane: Lane, message: ConsumeMessage): void {
    const received = new Received(message, lane, (ended) => {
      this.ended(ended);
    });
    this.inFlight.add(received);
    if (this.draining) this.unwanted.push(received);
    else this.inbox.push(received);
  }

  private handOut(received: Received): Out | null {
    if (!received.stale) return this.source.open(received);
    received.drop();
    return null;
  }

  private ended(received: Received): void {
    this.inFlight.delete(received);
    if (this.draining) void this.finishIfDrained();
  }

  private forget(): void {
    this.inbox.drain();
    for (const received of [...this.inFlight]) received.void();
  }

  private async finishIfDrained(): Promise<void> {
    if (this.inFlight.size > 0) return;
    await this.kept.close();
    this.onClosed(this);
  }
}
