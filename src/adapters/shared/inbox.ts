import { Fifo } from './fifo.js';

interface Taker<Out> {
  readonly resolve: (result: IteratorResult<Out>) => void;
  readonly reject: (error: Error) => void;
}

export interface InboxHooks<In, Out> {
  /** What is handed out for an item; null: it is no longer wanted and is passed over. */
  readonly open: (item: In) => Out | null;
  /** Called when a loop over the inbox is left. */
  readonly onLeave: () => Promise<void>;
}

/**
 * What came in and was not handed out yet, as an async iteration. Open until `end`: then what is left is returned to
 * the caller of `end`, and the iteration is over, or throws if it ended with an error.
 */
export class Inbox<In, Out> implements AsyncIterable<Out> {
  private readonly items = new Fifo<In>();
  private readonly takers = new Fifo<Taker<Out>>();
  private ended = false;
  private error: Error | null = null;

  constructor(private readonly hooks: InboxHooks<In, Out>) {}

  push(item: In): void {
    this.items.push(item);
    while (this.takers.size > 0 && this.items.size > 0) {
      const value = this.take();
      if (value !== null) this.takers.shift()?.resolve({ done: false, value });
    }
  }

  /** Takes back what was not handed out. */
  drain(): In[] {
    return this.items.drain();
  }

  end(error: Error | null = null): In[] {
    this.ended = true;
    this.error ??= error;
    for (const taker of this.takers.drain()) this.finish(taker);
    return this.drain();
  }

  [Symbol.asyncIterator](): AsyncIterator<Out> {
    return {
      next: () => this.next(),
      return: async () => {
        await this.hooks.onLeave();
        return { done: true, value: undefined };
      },
    };
  }

  private next(): Promise<IteratorResult<Out>> {
    const value = this.take();
    if (value !== null) return Promise.resolve({ done: false, value });
    return new Promise((resolve, reject) => {
      const taker = { resolve, reject };
      if (this.ended) this.finish(taker);
      else this.takers.push(taker);
    });
  }

  private take(): Out | null {
    for (let item = this.items.shift(); item !== undefined; item = this.items.shift()) {
      const value = this.hooks.open(item);
      if (value !== null) return value;
    }
    return null;
  }

  private finish(taker: Taker<Out>): void {
    if (this.error === null) taker.resolve({ done: true, value: undefined });
    else taker.reject(this.error);
  }
}
