import { setImmediate } from 'node:timers/promises';

import type { EventBatch, Position } from '../../domain/ports/event-store.js';
import type { CommitSignal } from './commit-signal.js';

/** A log that can be followed. */
interface Tail {
  /** The next few events after the position. Its own position never lies before the given one. */
  readAfter(position: Position | null): EventBatch;
  /** Rings when `readAfter` may find more, and when `isClosed` turns true. */
  readonly commits: CommitSignal;
  isClosed(): boolean;
}

/**
 * A subscription: first what the log holds, then what comes, as fast as it is pulled.
 * Not a generator, because a generator's `return` waits for the `next` under way, which may wait for an event for ever.
 */
export function follow(tail: Tail, after: Position | null, signal?: AbortSignal): AsyncIterable<EventBatch> {
  return { [Symbol.asyncIterator]: () => new Follower(tail, after, signal) };
}

class Follower implements AsyncIterator<EventBatch> {
  readonly #left = new AbortController();
  readonly #ends: readonly AbortSignal[];
  #caughtUp = false;
  #first = true;

  constructor(
    private readonly tail: Tail,
    private position: Position | null,
    signal: AbortSignal | undefined,
  ) {
    this.#ends = signal === undefined ? [this.#left.signal] : [this.#left.signal, signal];
  }

  async next(): Promise<IteratorResult<EventBatch>> {
    // The rest of the process has its turn between batches, however eagerly they are pulled.
    if (!this.#first) await setImmediate();
    this.#first = false;
    while (!this.#isOver()) {
      const value = this.#read();
      if (value !== null) return { done: false, value };
      await this.tail.commits.next(this.#ends);
    }
    return { done: true, value: undefined };
  }

  return(): Promise<IteratorResult<EventBatch>> {
    this.#left.abort();
    return Promise.resolve({ done: true, value: undefined });
  }

  #isOver(): boolean {
    return this.tail.isClosed() || this.#ends.some((end) => end.aborted);
  }

  /** Null: nothing to tell. */
  #read(): EventBatch | null {
    const batch = this.tail.readAfter(this.position);
    const isNews = batch.events.length > 0 || batch.position !== this.position || batch.caughtUp !== this.#caughtUp;
    this.position = batch.position;
    this.#caughtUp = batch.caughtUp;
    return isNews ? batch : null;
  }
}
