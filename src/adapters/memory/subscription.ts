import { type Message, type SubscribeOptions, type Subscription } from '../../domain/ports/message-bus.js';
import { Inbox } from '../shared/inbox.js';
import { type Listener, type MemoryBroker } from './broker.js';
import { type Envelope } from './envelope.js';

export interface SubscriptionHooks {
  readonly open: (envelope: Envelope) => Message;
  readonly onClose: () => void;
}

/** Listens from `new` to `close`. What it had not handed out by then is dropped. */
export class MemorySubscription implements Subscription, Listener {
  readonly group: string | null;
  private readonly inbox: Inbox<Envelope, Message>;
  private readonly onAbort = (): void => void this.close();

  constructor(
    private readonly broker: MemoryBroker,
    readonly pattern: string,
    private readonly options: SubscribeOptions,
    private readonly hooks: SubscriptionHooks,
  ) {
    this.group = options.group ?? null;
    this.inbox = new Inbox<Envelope, Message>({
      open: (envelope) => (envelope.withdrawn ? null : hooks.open(envelope)),
      onLeave: () => this.close(),
    });
    broker.listen(this);
  }

  endOnAbort(): void {
    this.options.signal?.addEventListener('abort', this.onAbort);
    if (this.options.signal?.aborted === true) this.onAbort();
  }

  offer(envelope: Envelope): void {
    this.inbox.push(envelope);
  }

  close(): Promise<void> {
    this.options.signal?.removeEventListener('abort', this.onAbort);
    this.broker.unlisten(this);
    this.inbox.end();
    this.hooks.onClose();
    return Promise.resolve();
  }

  [Symbol.asyncIterator](): AsyncIterator<Message> {
    return this.inbox[Symbol.asyncIterator]();
  }
}
