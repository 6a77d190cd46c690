import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { type Channel, type ChannelModel, type ConfirmChannel } from 'amqplib';
import { BusAccessError, BusUnavailableError, QueueMismatchError } from '../../domain/ports/message-bus.js';
import { type Connection } from './connection.js';
import { channelError, closedError, lostError, QueueTakenError, reasonOf } from './errors.js';
import { type Troubles } from './troubles.js';

/**
 * A channel that comes back by itself, set up anew each time.
 *
 *   absent ──(there is a connection)──> opening ──(set up)──> open
 *     ^                                    │ failed            │ lost: with its connection, or closed by the broker
 *     └────────────(a pause)───────────────┴───────────────────┘
 *
 * `open` makes the first attempt and says why it failed. From then on it is kept until `close`, or until the
 * connection has failed for good. A set-up that finds its queue taken (QueueTakenError) is repeated until its turn
 * comes. What hangs on one opening (deliveries, unconfirmed messages) holds its Lane, which is void once that is lost.
 */
export interface Lane {
  readonly model: ChannelModel;
  readonly channel: ConfirmChannel;
  alive: boolean;
}

export interface ChannelUse {
  /** Completes "could not …", for errors and logs. */
  readonly task: string;
  setUp(lane: Lane): Promise<void>;
  onLost(error: BusUnavailableError): void;
  /** The connection can never be used again. */
  onFailed(error: Error): void;
}

/** At most 2 s pass between the end of an exclusive consumer and its successor. */
const TURN_MS = { min: 500, max: 1500 };
const RETRY_MS = { min: 1000, max: 5000 };

export class KeptChannel {
  private current: Lane | null = null;
  private opening = false;
  private readonly closing = new AbortController();
  private stopListening: () => void = () => undefined;

  constructor(
    private readonly connection: Connection,
    private readonly troubles: Troubles,
    private readonly use: ChannelUse,
  ) {}

  get lane(): Lane | null {
    return this.current;
  }

  /** @throws BusUnavailableError if it cannot be had within that time, or what the set-up throws. */
  async open(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    this.opening = true;
    try {
      await this.firstAttempt(deadline);
    } finally {
      this.opening = false;
    }
    this.stopListening = this.connection.changes.on(() => {
      this.react();
    });
    this.react();
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.stopListening();
    const lane = this.current;
    if (lane === null) return;
    this.lost(lane, closedError());
    // Its answer says that what was sent on it before, acknowledgements too, has arrived.
    await closeChannel(lane.channel);
  }

  private async firstAttempt(deadline: number): Promise<void> {
    for (;;) {
      const model = await this.connection.whenUp(Math.max(0, deadline - performance.now()));
      try {
        await this.attempt();
        return;
      } catch (error) {
        if (error instanceof QueueTakenError) return;
        // Lost with its connection: the next one may do.
        if (model === this.connection.model || isFinal(error)) throw error;
      }
    }
  }

  private async attempt(): Promise<void> {
    const model = this.connection.model;
    if (model === null) throw this.connection.unavailable();
    try {
      const lane: Lane = { model, channel: await model.createConfirmChannel(), alive: true };
      this.watch(lane);
      await this.setUp(lane);
      this.current = lane;
      this.connection.changes.notify();
    } catch (error) {
      throw channelError(this.connection.label, this.use.task, error);
    }
  }

  private watch(lane: Lane): void {
    let refusal: unknown = null;
    lane.channel.on('error', (error) => (refusal = error));
    lane.channel.on('close', () => {
      if (refusal !== null && this.current === lane) this.closedByBroker(refusal);
      this.lost(lane, this.lossOf(refusal));
    });
  }

  private lossOf(refusal: unknown): BusUnavailableError {
    const { label } = this.connection;
    if (refusal === null) return lostError(label, new Error('the channel closed'));
    const error = channelError(label, this.use.task, refusal);
    return error instanceof BusUnavailableError ? error : lostError(label, refusal);
  }

  private closedByBroker(refusal: unknown): void {
    const fields = { task: this.use.task, reason: reasonOf(refusal) };
    this.troubles.warn('channel-closed', fields, 'the message broker closed a channel');
  }

  private async setUp(lane: Lane): Promise<void> {
    try {
      await this.use.setUp(lane);
      if (this.closing.signal.aborted) throw closedError();
      if (!lane.alive) throw this.connection.unavailable();
    } catch (error) {
      lane.alive = false;
      this.use.onLost(lostError(this.connection.label, error));
      await closeChannel(lane.channel);
      throw error;
    }
  }

  private lost(lane: Lane, error: BusUnavailableError): void {
    if (!lane.alive) return;
    lane.alive = false;
    if (this.current !== lane) return;
    this.current = null;
    this.use.onLost(error);
    this.react();
  }

  private react(): void {
    const { status, model } = this.connection;
    if (status.kind === 'failed') this.fail();
    else if (model !== null && this.current === null && !this.opening && !this.closing.signal.aborted) {
      this.opening = true;
      void this.reopen().finally(() => (this.opening = false));
    }
  }

  private fail(): void {
    try {
      this.connection.assertUsable();
    } catch (error) {
      this.use.onFailed(error as Error);
    }
  }

  private async reopen(): Promise<void> {
    while (this.current === null && this.connection.model !== null && !this.closing.signal.aborted) {
      try {
        await this.attempt();
      } catch (error) {
        await this.rest(error);
      }
    }
  }

  private async rest(error: unknown): Promise<void> {
    if (this.connection.model === null || this.closing.signal.aborted) return;
    const turn = error instanceof QueueTakenError;
    const { min, max } = turn ? TURN_MS : RETRY_MS;
    if (!turn) {
      const trouble = error instanceof BusAccessError ? 'access-refused' : 'channel-closed';
      this.troubles.error(trouble, { reason: reasonOf(error) }, `could not ${this.use.task}`);
    }
    await pause(min + Math.random() * (max - min), undefined, { signal: this.closing.signal }).catch(() => undefined);
  }
}

function isFinal(error: unknown): boolean {
  return error instanceof QueueMismatchError || error instanceof BusAccessError;
}

/** amqplib's own promise never ends if the connection breaks meanwhile. */
export async function closeChannel(channel: Channel): Promise<void> {
  await Promise.race([once(channel, 'close'), channel.close()]).catch(() => undefined);
}
