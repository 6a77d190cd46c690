import { type Consumer, type ConsumeOptions, type Delivery } from '../../domain/ports/message-bus.js';
import { Inbox } from '../shared/inbox.js';
import { type Entry, type MemoryQueue, type QueueReader } from './queue.js';

type Respond = (entry: Entry) => Delivery['respond'];

/**
 * A consumer of a queue. A message is: in the inbox → handed out → settled (ack, nak, term), and in flight until it is
 * settled. `close` sends back what is in the inbox; `abandon` also what was handed out.
 */
export class MemoryConsumer implements Consumer, QueueReader {
  readonly exclusive: boolean;
  private readonly maxInFlight: number;
  private readonly inFlight = new Map<Entry, NodeJS.Timeout | null>();
  private readonly inbox: Inbox<Entry, Delivery>;

  constructor(
    private readonly queue: MemoryQueue,
    options: ConsumeOptions,
    private readonly respond: Respond,
  ) {
    this.exclusive = options.exclusive ?? false;
    this.maxInFlight = options.maxInFlight;
    this.inbox = new Inbox<Entry, Delivery>({
      open: (entry) => this.handOut(entry),
      onLeave: () => this.close(),
    });
    queue.attach(this);
  }

  hasRoom(): boolean {
    return this.inFlight.size < this.maxInFlight;
  }

  offer(entry: Entry): void {
    this.inFlight.set(entry, null);
    this.inbox.push(entry);
  }

  close(): Promise<void> {
    this.queue.detach(this);
    for (const entry of this.inbox.end()) this.giveBack(entry);
    return Promise.resolve();
  }

  /** The bus is gone: nothing can be acknowledged any more. */
  async abandon(): Promise<void> {
    await this.close();
    for (const entry of [...this.inFlight.keys()]) this.giveBack(entry);
  }

  [Symbol.asyncIterator](): AsyncIterator<Delivery> {
    return this.inbox[Symbol.asyncIterator]();
  }

  private handOut(entry: Entry): Delivery | null {
    if (!entry.envelope.withdrawn) return this.delivery(entry);
    this.forget(entry);
    return null;
  }

  private delivery(entry: Entry): Delivery {
    return {
      ...entry.envelope.content,
      redelivered: entry.redelivered,
      respond: this.respond(entry),
      ack: () => {
        this.forget(entry);
      },
      nak: (delayMs = 0) => {
        this.notNow(entry, delayMs);
      },
      term: () => {
        this.forget(entry);
      },
      working: () => undefined,
    };
  }

  private forget(entry: Entry): void {
    // A delayed nak has already ended it.
    if (this.inFlight.get(entry) === null && this.inFlight.delete(entry)) this.queue.dispatch();
  }

  private notNow(entry: Entry, delayMs: number): void {
    if (this.inFlight.get(entry) !== null) return;
    if (delayMs <= 0) this.giveBack(entry);
    else {
      const timer = setTimeout(() => {
        this.giveBack(entry);
      }, delayMs);
      this.inFlight.set(entry, timer);
    }
  }

  private giveBack(entry: Entry): void {
    const timer = this.inFlight.get(entry);
    if (timer === undefined) return;
    if (timer !== null) clearTimeout(timer);
    this.inFlight.delete(entry);
    this.queue.back(entry);
  }
}
