import { type DurableQueue } from '../../domain/ports/message-bus.js';
import { matches } from '../../domain/subjects.js';
import { Fifo } from '../shared/fifo.js';
import { type Envelope } from './envelope.js';

/** A message in one queue. Its place is kept for when it comes back. */
export interface Entry {
  readonly envelope: Envelope;
  readonly place: number;
  readonly priority: number;
  readonly redelivered: boolean;
}

/** Who takes from a queue. `hasRoom` is asked before each `offer`. */
export interface QueueReader {
  readonly exclusive: boolean;
  hasRoom(): boolean;
  offer(entry: Entry): void;
}

/**
 * A queue that keeps messages until somebody takes them, the highest priority first and within it the oldest first.
 * What was taken is the reader's, until it puts it `back`.
 *
 * A reader is admitted, or waits: for an exclusive one the queue must have no other reader, for any other no exclusive
 * one. Each time one leaves, those who wait are admitted in the order they came, as far as that allows.
 */
export class MemoryQueue {
  private readonly levels: readonly Fifo<Entry>[];
  private readonly patterns: Set<string>;
  private readers: QueueReader[] = [];
  private waiting: QueueReader[] = [];
  private nextPlace = 0;

  constructor(private readonly definition: DurableQueue) {
    this.levels = Array.from({ length: (definition.maxPriority ?? 0) + 1 }, () => new Fifo<Entry>());
    this.patterns = new Set(definition.subjects);
  }

  isLike(other: DurableQueue): boolean {
    return this.definition.maxPriority === other.maxPriority;
  }

  bind(patterns: readonly string[]): void {
    for (const pattern of patterns) this.patterns.add(pattern);
  }

  receives(subject: string): boolean {
    return [...this.patterns].some((pattern) => matches(pattern, subject));
  }

  add(envelope: Envelope): void {
    const priority = Math.min(envelope.content.priority, this.levels.length - 1);
    this.levels[priority]?.push({ envelope, place: this.nextPlace++, priority, redelivered: false });
    this.dispatch();
  }

  back(entry: Entry): void {
    this.levels[entry.priority]?.insert({ ...entry, redelivered: true }, (other) => other.place > entry.place);
    this.dispatch();
  }

  attach(reader: QueueReader): void {
    this.waiting.push(reader);
    this.admit();
  }

  detach(reader: QueueReader): void {
    this.readers = this.readers.filter((other) => other !== reader);
    this.waiting = this.waiting.filter((other) => other !== reader);
    this.admit();
  }

  /** Hands out as much as the readers have room for, in turn. */
  dispatch(): void {
    for (let reader = this.free(); reader !== undefined; reader = this.free()) {
      const entry = this.next();
      if (entry === undefined) return;
      this.readers = [...this.readers.filter((other) => other !== reader), reader];
      reader.offer(entry);
    }
  }

  private free(): QueueReader | undefined {
    return this.readers.find((reader) => reader.hasRoom());
  }

  private next(): Entry | undefined {
    for (const level of this.levels.toReversed()) {
      for (let entry = level.shift(); entry !== undefined; entry = level.shift()) {
        if (!entry.envelope.withdrawn) return entry;
      }
    }
    return undefined;
  }

  private admit(): void {
    const waiting: QueueReader[] = [];
    for (const reader of this.waiting) {
      const admitted = reader.exclusive ? this.readers.length === 0 : !this.readers.some((other) => other.exclusive);
      (admitted ? this.readers : waiting).push(reader);
    }
    this.waiting = waiting;
    this.dispatch();
  }
}
