/**
 * The items of batches, one by one, as fast as they are pulled: no more than one batch is held.
 * Not a generator, because a generator's `return` waits for the `next` under way, which may wait for an event for ever.
 */
export class Flattened<Batch, Item> implements AsyncIterableIterator<Item> {
  readonly #batches: AsyncIterator<Batch>;
  readonly #end: AbortController;
  #items: readonly Item[] = [];
  #taken = 0;

  /**
   * @param itemsOf may wait; it is to give up when the signal aborts.
   * @param end aborted when the consumer leaves, and whoever else aborts it ends the iteration.
   */
  constructor(
    batches: AsyncIterable<Batch>,
    private readonly itemsOf: (batch: Batch, signal: AbortSignal) => Promise<readonly Item[]>,
    end: AbortController,
  ) {
    this.#batches = batches[Symbol.asyncIterator]();
    this.#end = end;
  }

  async next(): Promise<IteratorResult<Item>> {
    try {
      while (!this.#end.signal.aborted) {
        const item = this.#items[this.#taken];
        if (item !== undefined) {
          this.#taken++;
          return { done: false, value: item };
        }
        const batch = await this.#batches.next();
        if (batch.done === true) break;
        this.#items = await this.itemsOf(batch.value, this.#end.signal);
        this.#taken = 0;
      }
    } catch (error) {
      await this.return();
      throw error;
    }
    return this.return();
  }

  async return(): Promise<IteratorResult<Item>> {
    this.#end.abort();
    this.#items = [];
    await this.#batches.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
