import { type Message as Returned, type Options } from 'amqplib';
import { BusUnavailableError, NoRouteError } from '../../domain/ports/message-bus.js';
import { Fifo } from '../shared/fifo.js';
import { KeptChannel, type Lane } from './channel.js';
import { type Connection } from './connection.js';
import { closedError, lostError } from './errors.js';
import { type EXCHANGE } from './topology.js';
import { type Troubles } from './troubles.js';

/** So many messages are on their way at once; more wait here, so that the socket's buffer stays small. */
const WINDOW = 1000;
const CHANNEL_CLOSED = 'channel closed';

export interface Outgoing {
  readonly subject: string;
  /** Empty: the default exchange. */
  readonly exchange: typeof EXCHANGE | '';
  readonly body: Uint8Array;
  /** What is mandatory needs a correlation id of its own. */
  readonly properties: Options.Publish;
}

interface Pending extends Outgoing {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  unroutable: boolean;
}

/**
 * Publishes on one channel, many messages at a time. A message is
 *
 *   waiting ──> sent ──> confirmed, refused or returned as unroutable
 *
 * and all that are waiting or sent are rejected when the channel is lost, or the broker has been blocked for
 * `patienceMs`: none hangs. Before that, `ready` waits for a channel for as long.
 */
export class Publisher {
  private readonly kept: KeptChannel;
  private readonly waiting = new Fifo<Pending>();
  private readonly sent = new Set<Pending>();
  /** By correlation id: those that come back if nothing receives them. */
  private readonly returnable = new Map<string | undefined, Pending>();
  private blockedTimer: NodeJS.Timeout | null = null;
  private onIdle: () => void = () => undefined;

  constructor(
    private readonly connection: Connection,
    private readonly troubles: Troubles,
    private readonly patienceMs: number,
    private readonly onLost: (error: BusUnavailableError) => void,
  ) {
    this.kept = new KeptChannel(connection, troubles, {
      task: 'publish',
      setUp: (lane) => {
        lane.channel.on('return', (message: Returned) => {
          this.returned(message);
        });
        return Promise.resolve();
      },
      onLost: (error) => {
        this.rejectAll(error);
        this.onLost(error);
      },
      onFailed: (error) => {
        this.rejectAll(error);
      },
    });
    connection.changes.on(() => {
      this.watchBlocked();
    });
  }

  async open(timeoutMs = this.patienceMs): Promise<void> {
    await this.kept.open(timeoutMs);
  }

  /** The channel to publish on; null while there is none or the broker takes nothing. */
  get lane(): Lane | null {
    return this.connection.status.kind === 'connected' ? this.kept.lane : null;
  }

  /** Waits for a channel. @throws BusUnavailableError */
  ready(timeoutMs = this.patienceMs): Promise<Lane> {
    const look = (): Lane | null => {
      this.connection.assertUsable();
      return this.lane;
    };
    const tooLate = (): Error => this.connection.unavailable();
    return this.connection.changes.until(look, Math.min(timeoutMs, this.patienceMs), tooLate);
  }

  /** Waits for a channel where there is none. @throws BusUnavailableError; NoRouteError for what is mandatory */
  async publish(outgoing: Outgoing): Promise<void> {
    if (this.lane === null) await this.ready();
    await this.send(outgoing);
  }

  /** Resolves on the broker's confirm. Call it in the same turn in which `lane` was there. */
  send(outgoing: Outgoing): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ ...outgoing, resolve, reject, unroutable: false });
      this.pump();
    });
  }

  /** Waits until nothing is under way, but no longer than the patience allows, and closes the channel. */
  async close(): Promise<void> {
    if (this.sent.size + this.waiting.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, this.patienceMs);
        this.onIdle = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    if (this.blockedTimer !== null) clearTimeout(this.blockedTimer);
    await this.kept.close();
    this.rejectAll(closedError());
  }

  private pump(): void {
    const lane = this.kept.lane;
    while (this.sent.size < WINDOW && this.waiting.size > 0) {
      const pending = this.waiting.shift();
      if (pending === undefined) return;
      if (lane === null) pending.reject(this.connection.unavailable());
      else this.write(lane, pending);
    }
  }

  private write(lane: Lane, pending: Pending): void {
    const { exchange, subject, body, properties } = pending;
    const content = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    this.sent.add(pending);
    if (properties.mandatory === true) this.returnable.set(properties.correlationId, pending);
    try {
      lane.channel.publish(exchange, subject, content, properties, (error: unknown) => {
        this.confirmed(pending, error);
      });
    } catch (error) {
      this.end(pending, lostError(this.connection.label, error));
    }
  }

  /** RabbitMQ sends back what is unroutable before it confirms it. */
  private returned(message: Returned): void {
    const pending = this.returnable.get(message.properties.correlationId as string | undefined);
    if (pending === undefined) return;
    pending.unroutable = true;
    this.troubles.warn('unroutable', { subject: pending.subject }, 'nothing receives a message');
  }

  private confirmed(pending: Pending, error: unknown): void {
    // The end of the channel is told next, with its reason; amqplib's words here have none.
    if (error instanceof Error && error.message === CHANNEL_CLOSED) return;
    if (error !== null) this.end(pending, new BusUnavailableError('the broker did not take it', { cause: error }));
    else this.end(pending, pending.unroutable ? new NoRouteError(pending.subject) : null);
    this.pump();
  }

  private end(pending: Pending, error: Error | null): void {
    if (!this.sent.delete(pending)) return;
    if (pending.properties.mandatory === true) this.returnable.delete(pending.properties.correlationId);
    if (error === null) pending.resolve();
    else pending.reject(error);
    if (this.sent.size + this.waiting.size === 0) this.onIdle();
  }

  private rejectAll(error: Error): void {
    for (const pending of this.waiting.drain()) pending.reject(error);
    for (const pending of [...this.sent]) this.end(pending, error);
  }

  private watchBlocked(): void {
    const blocked = this.connection.status.kind === 'blocked';
    if (!blocked && this.blockedTimer !== null) {
      clearTimeout(this.blockedTimer);
      this.blockedTimer = null;
    } else if (blocked) {
      this.blockedTimer ??= setTimeout(() => {
        this.rejectAll(this.connection.unavailable());
      }, this.patienceMs);
    }
  }
}
