/** Where the members of a batch wait for each other. */
export class Meeting {
  private readonly all: Promise<void>;
  private open!: () => void;

  constructor(private missing: number) {
    this.all = new Promise((resolve) => {
      this.open = resolve;
    });
  }

  /** Resolves when every member has come here, or will not. */
  arrive(): Promise<void> {
    this.missing -= 1;
    if (this.missing <= 0) this.open();
    return this.all;
  }
}

/** Resolves when all other members have called it too, or have ended. Later calls, too, resolve then. */
export type Meet = () => Promise<void>;

interface Waiting<Item> {
  readonly item: Item;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Does work on items in batches, one batch after the other: what comes while a batch is at work is the next one. So the
 * busier it is, the larger they get, and what the members do in the same moment (`meet`) costs as much as one: appends
 * to the log share a commit. Items of the same key are never in one batch, and keep their order.
 */
export class Batches<Item> {
  private waiting: Waiting<Item>[] = [];
  private busy = false;

  constructor(
    private readonly key: (item: Item) => unknown,
    private readonly work: (item: Item, meet: Meet) => Promise<void>,
  ) {}

  /** Resolves, or rejects, as the work on this item does. */
  add(item: Item): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      if (!this.busy) void this.drain();
    });
  }

  private async drain(): Promise<void> {
    this.busy = true;
    while (this.waiting.length > 0) {
      const batch = this.nextBatch();
      const meeting = new Meeting(batch.length);
      await Promise.all(batch.map((one) => this.do(one, meeting)));
    }
    this.busy = false;
  }

  private nextBatch(): Waiting<Item>[] {
    const keys = new Set<unknown>();
    const batch: Waiting<Item>[] = [];
    const rest: Waiting<Item>[] = [];
    for (const one of this.waiting) {
      const key = this.key(one.item);
      (keys.has(key) ? rest : batch).push(one);
      keys.add(key);
    }
    this.waiting = rest;
    return batch;
  }

  private async do({ item, resolve, reject }: Waiting<Item>, meeting: Meeting): Promise<void> {
    let met: Promise<void> | null = null;
    const meet = (): Promise<void> => (met ??= meeting.arrive());
    try {
      await this.work(item, meet);
      resolve();
    } catch (error) {
      reject(error);
    } finally {
      void meet();
    }
  }
}
