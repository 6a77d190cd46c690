/** What a server can be told to get wrong. */
export interface Fault {
  readonly on: 'append' | 'read' | 'subscribe';
  /**
   * - `cut`: the connection breaks, before anything is done; `cut-after`: after it is done, before the answer.
   * - `unavailable`, `denied`, `timeout`, `exhausted`: it answers so.
   * - `silent`: it never answers.
   */
  readonly does: 'cut' | 'cut-after' | 'unavailable' | 'denied' | 'timeout' | 'exhausted' | 'silent';
  /** How many calls it hits; default 1. */
  readonly times?: number;
  /** Reads and subscriptions: after so many events; default 0. */
  readonly afterEvents?: number;
}

/** Faults that are still to come. */
export class Faults {
  #waiting: { fault: Fault; left: number }[] = [];

  add(fault: Fault): void {
    this.#waiting.push({ fault, left: fault.times ?? 1 });
  }

  clear(): void {
    this.#waiting = [];
  }

  /** The next fault for such a call, which is used up by it. */
  next(on: Fault['on']): Fault | undefined {
    const entry = this.#waiting.find(({ fault, left }) => fault.on === on && left > 0);
    if (entry !== undefined) entry.left--;
    return entry?.fault;
  }
}
