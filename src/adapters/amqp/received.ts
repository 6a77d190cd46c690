import { type ConsumeMessage } from 'amqplib';
import { type Delivery, type Message } from '../../domain/ports/message-bus.js';
import { type Lane } from './channel.js';
import { lifetimeMs, readMessage } from './message.js';

/**
 * One delivery. It ends once: acknowledged, given back (now or after a delay) or dropped; or it is void because its
 * channel is gone, and RabbitMQ delivers it again by itself. What is done to it after its end does nothing.
 */
export class Received {
  private ended = false;
  private timer: NodeJS.Timeout | null = null;
  private readonly since = performance.now();

  constructor(
    readonly message: ConsumeMessage,
    private readonly lane: Lane,
    private readonly onEnd: (received: Received) => void,
  ) {}

  /** It expired while it lay here: its sender has given it up. */
  get stale(): boolean {
    const lifetime = lifetimeMs(this.message);
    return lifetime !== null && performance.now() - this.since >= lifetime;
  }

  ack(): void {
    if (this.timer === null) {
      this.end(() => {
        this.lane.channel.ack(this.message);
      });
    }
  }

  /** It stays in flight while it waits. */
  giveBack(delayMs = 0): void {
    if (this.ended || this.timer !== null) return;
    if (delayMs <= 0) this.giveBackNow();
    else {
      this.timer = setTimeout(() => {
        this.giveBackNow();
      }, delayMs);
    }
  }

  drop(): void {
    if (this.timer === null) {
      this.end(() => {
        this.lane.channel.reject(this.message, false);
      });
    }
  }

  /** Its channel is gone. */
  void(): void {
    this.end(() => undefined);
  }

  private giveBackNow(): void {
    this.end(() => {
      this.lane.channel.reject(this.message, true);
    });
  }

  private end(tell: () => void): void {
    if (this.ended) return;
    this.ended = true;
    if (this.timer !== null) clearTimeout(this.timer);
    if (this.lane.alive) tellQuietly(tell);
    this.onEnd(this);
  }
}

function tellQuietly(tell: () => void): void {
  try {
    tell();
  } catch {
    // The channel is closing: the message goes back by itself.
  }
}

export function deliver(received: Received, respond: Message['respond']): Delivery {
  return {
    ...readMessage(received.message),
    redelivered: received.message.fields.redelivered,
    respond,
    ack: () => {
      received.ack();
    },
    nak: (delayMs) => {
      received.giveBack(delayMs);
    },
    term: () => {
      received.drop();
    },
    working: () => undefined,
  };
}
