/** Names as small integers, in the order in which they come. */
export class Names {
  readonly #ids = new Map<string, number>();
  readonly #names: string[] = [];

  /** The name's number; a new one where it has none. */
  add(name: string): number {
    let id = this.#ids.get(name);
    if (id === undefined) {
      id = this.#names.push(name) - 1;
      this.#ids.set(name, id);
    }
    return id;
  }

  get(name: string): number | undefined {
    return this.#ids.get(name);
  }

  /** @param id one that `add` gave. */
  nameOf(id: number): string {
    return this.#names[id] ?? '';
  }

  get size(): number {
    return this.#names.length;
  }
}
