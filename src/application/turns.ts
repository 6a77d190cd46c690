/** Work on one thing is done one after the other, in the order in which it was asked for; on different things, at once. */
export class Turns<Key> {
  private readonly last = new Map<Key, Promise<void>>();

  /** Does the work when its turn has come; what failed before it does not matter. */
  async take<Result>(key: Key, work: () => Promise<Result>): Promise<Result> {
    const mine = (this.last.get(key) ?? Promise.resolve()).then(work);
    const settled = mine.then(ignore, ignore);
    this.last.set(key, settled);
    try {
      return await mine;
    } finally {
      if (this.last.get(key) === settled) this.last.delete(key);
    }
  }
}

function ignore(): void {
  // Told to whoever asked for the work.
}
