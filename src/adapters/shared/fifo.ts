const COMPACT_AT = 1024;

/** First in, first out, without moving what remains on each `shift`. */
export class Fifo<T> {
  private items: T[] = [];
  private head = 0;

  get size(): number {
    return this.items.length - this.head;
  }

  push(item: T): void {
    this.items.push(item);
  }

  shift(): T | undefined {
    if (this.size === 0) return undefined;
    const item = this.items[this.head++];
    if (this.head >= COMPACT_AT && this.head * 2 >= this.items.length) this.compact();
    return item;
  }

  /** Puts an item before the first that `goesBefore` it must come before. */
  insert(item: T, goesBefore: (other: T) => boolean): void {
    this.compact();
    const index = this.items.findIndex(goesBefore);
    this.items.splice(index === -1 ? this.items.length : index, 0, item);
  }

  /** Takes all. */
  drain(): T[] {
    this.compact();
    const { items } = this;
    this.items = [];
    return items;
  }

  private compact(): void {
    this.items.splice(0, this.head);
    this.head = 0;
  }
}
