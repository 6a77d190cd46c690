import { randomUUID } from 'node:crypto';
import type { Consumer, Delivery, Headers, MessageBus } from '../domain/ports/message-bus.js';
import { sentOn } from './dead-letters.js';
import {
  DEAD_BYTES_HEADER,
  DEAD_ID_HEADER,
  DEAD_QUEUE_HEADER,
  DEAD_REASON_HEADER,
  DEAD_SUBJECT_HEADER,
  DEAD_TIME_HEADER,
} from './messages/headers.js';
import { DEAD_LETTERS_QUEUE, DEAD_LETTERS_SUBJECT } from './messages/subjects.js';

/** A message that nobody could use. What its headers do not say is empty. */
export interface DeadLetter {
  readonly id: string;
  readonly reason: string;
  /** The queue that it came by. */
  readonly queue: string;
  /** When it died; ISO 8601, UTC. */
  readonly time: string;
  /** Of the message that died; `body` may hold less. */
  readonly bytes: number;
  readonly body: Uint8Array;
  /** Those that it had. */
  readonly headers: Headers;
}

/** `send back`: to the queue that it came by. */
export type Fate = 'keep' | 'send back' | 'drop';

/** A message of a visit that marks the end of what was there when it began. */
const MARKER_HEADER = 'debci-dead-marker';
/** So many are kept at most in one visit, the oldest: they all are in this process's memory. */
const MAX_KEPT = 250;

/**
 * Goes through the dead letters, oldest first, and does with each what `fate` says. One visit at a time: a second one
 * waits. What is kept stays in its place.
 * @returns false where the visit came to its end before the letters did: it had kept as many as it may
 */
export async function visitDeadLetters(bus: MessageBus, fate: (letter: DeadLetter) => Fate): Promise<boolean> {
  await bus.ensureQueue(DEAD_LETTERS_QUEUE);
  const marker = randomUUID();
  await bus.publish(DEAD_LETTERS_SUBJECT, new Uint8Array(), { headers: { [MARKER_HEADER]: marker }, routed: true });
  const consumer = await bus.consume(DEAD_LETTERS_QUEUE, { maxInFlight: MAX_KEPT, exclusive: true });
  const visit = new Visiting(bus, marker, fate);
  try {
    return await visit.goThrough(consumer);
  } finally {
    await consumer.close();
    for (const delivery of visit.kept) delivery.nak();
  }
}

class Visiting {
  readonly kept = new Set<Delivery>();

  constructor(
    private readonly bus: MessageBus,
    private readonly marker: string,
    private readonly fate: (letter: DeadLetter) => Fate,
  ) {}

  async goThrough(consumer: Consumer): Promise<boolean> {
    for await (const delivery of consumer) {
      const marker = delivery.headers[MARKER_HEADER];
      if (marker === undefined) await this.treat(delivery);
      // Those of others were left behind by visits that were cut short.
      else delivery.ack();
      if (marker === this.marker) return true;
      if (this.kept.size === MAX_KEPT) return false;
    }
    return false;
  }

  private async treat(delivery: Delivery): Promise<void> {
    const letter = read(delivery);
    this.kept.add(delivery);
    const fate = this.fate(letter);
    if (fate === 'keep') return;
    if (fate === 'send back') await this.sendBack(letter, delivery);
    delivery.ack();
    this.kept.delete(delivery);
  }

  private async sendBack({ headers }: DeadLetter, delivery: Delivery): Promise<void> {
    const subject = delivery.headers[DEAD_SUBJECT_HEADER] ?? '';
    await this.bus.publish(subject, delivery.body, { headers, ...sentOn(delivery) });
  }
}

function read({ headers, body }: Delivery): DeadLetter {
  const own = Object.entries(headers).filter(([name]) => !name.startsWith('debci-dead-'));
  return {
    id: headers[DEAD_ID_HEADER] ?? '',
    reason: headers[DEAD_REASON_HEADER] ?? '',
    queue: headers[DEAD_QUEUE_HEADER] ?? '',
    time: headers[DEAD_TIME_HEADER] ?? '',
    bytes: Number(headers[DEAD_BYTES_HEADER] ?? body.byteLength),
    body,
    headers: Object.fromEntries(own),
  };
}
