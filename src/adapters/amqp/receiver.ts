import { setTimeout as pause } from 'node:timers/promises';
import type { Channel, ConsumeMessage } from 'amqplib';
import type { Logger } from '../../domain/ports/logger.js';
import { BusAccessError, BusUnavailableError, QueueMismatchError } from '../../domain/ports/message-bus.js';
import type { Connection } from './connection.js';
import { channelError, closedError, QueueTakenError, reasonOf } from './errors.js';

/** How often a consumer asks whether an exclusive one has gone. */
const ASK_AGAIN_MS = 1_000;
const FOREVER_MS = 2 ** 31 - 1;

/** What a receiver does with a channel of its own. */
export interface Reception {
  /** Completes "may not …". */
  readonly task: string;
  /** Declares what it needs and begins to consume. @returns the consumer's tag */
  begin(channel: Channel, receive: (message: ConsumeMessage | null) => void): Promise<string>;
  receive(message: ConsumeMessage, channel: Channel): void;
  /** The channel is gone: what it delivered can no longer be settled, and comes again. */
  lost(): void;
  /** It is over, by an error that trying again cannot mend. */
  failed(error: Error): void;
}

/**
 * Keeps something received on a channel of its own, over all changes of connection:
 *
 *   waiting ──> receiving ──> waiting …     (connection lost, channel closed by the broker, queue deleted)
 *      │ ^ │
 *      │ └─┘ every second, while another consumer has the queue for itself
 *      └──> failed                          (the user may not, or the queue has other properties)
 *
 * `stop` leads from everywhere to stopped.
 */
export class Receiver {
  private channel: Channel | null = null;
  private tag: string | null = null;
  private readonly stopping = new AbortController();
  private stand!: (error: Error | null) => void;
  private readonly standing = new Promise<Error | null>((resolve) => {
    this.stand = resolve;
  });

  constructor(
    private readonly connection: Connection,
    private readonly reception: Reception,
    private readonly logger: Logger,
  ) {}

  /** Resolves when it receives, or waits for its turn. @throws BusAccessError, QueueMismatchError, BusUnavailableError */
  async start(): Promise<void> {
    void this.keepReceiving();
    const error = await this.standing;
    if (error !== null) throw error;
  }

  /** Receives no more. The channel stays for what is still to be settled. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.stand(closedError());
    const { channel, tag } = this;
    if (channel !== null && tag !== null) await channel.cancel(tag).catch(() => undefined);
  }

  /** Ends the channel: what is not settled goes back to the queue. */
  async release(): Promise<void> {
    const { channel } = this;
    this.channel = null;
    await channel?.close().catch(() => undefined);
  }

  private get stopped(): boolean {
    return this.stopping.signal.aborted;
  }

  private async keepReceiving(): Promise<void> {
    while (!this.stopped) {
      try {
        await this.receiveOnce();
      } catch (error) {
        if (this.isFinal(error)) {
          this.stand(error as Error);
          this.reception.failed(error as Error);
          return;
        }
        if (error instanceof QueueTakenError) this.stand(null);
        else this.logger.debug({ reason: reasonOf(error) }, `cannot ${this.reception.task} now`);
        await pause(ASK_AGAIN_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      }
    }
  }

  /** A closed bus ends it too. */
  private isFinal(error: unknown): boolean {
    return (
      error instanceof BusAccessError || error instanceof QueueMismatchError || this.connection.status.kind === 'closed'
    );
  }

  /** Until the channel is gone. */
  private async receiveOnce(): Promise<void> {
    const { connection, reception } = this;
    const model = await connection.whenUp(FOREVER_MS);
    try {
      const channel = await model.createChannel();
      const gone = new Promise<void>((resolve) => {
        channel.on('close', resolve);
      });
      channel.on('error', (error: unknown) => {
        this.logger.debug({ reason: reasonOf(error) }, 'the broker closed a channel');
      });
      const tag = await reception.begin(channel, (message) => {
        if (message !== null) reception.receive(message, channel);
        // The queue was deleted; it is made again on a new channel.
        else void channel.close().catch(() => undefined);
      });
      this.channel = channel;
      this.tag = tag;
      this.stand(null);
      if (this.stopped) await channel.cancel(tag);
      await gone;
      if (this.channel === channel) this.channel = null;
      reception.lost();
    } catch (error) {
      throw channelError(connection.label, reception.task, error);
    }
  }
}

/** What an iteration that fails throws: only that which a user can do something about. */
export function visible(error: Error): Error | null {
  return error instanceof BusUnavailableError && !(error instanceof BusAccessError) ? null : error;
}
