import {
  BUS_TROUBLES,
  BusUnavailableError,
  NoRouteError,
  RequestTimeoutError,
  type BusCapabilities,
  type BusStatus,
  type BusTrouble,
  type ConsumeOptions,
  type Consumer,
  type DurableQueue,
  type Headers,
  type Message,
  type MessageBus,
  type PublishOptions,
  type RequestOptions,
  type SubscribeOptions,
  type Subscription,
} from '../../domain/ports/message-bus.js';
import { assertGroup, assertPattern } from '../../domain/subjects.js';
import { checkContent, checkOutgoing } from '../shared/outgoing.js';
import { MemoryBroker } from './broker.js';
import { MemoryConsumer } from './consumer.js';
import { seal, type Envelope } from './envelope.js';
import { type Entry } from './queue.js';
import { MemorySubscription } from './subscription.js';

const CAPABILITIES: BusCapabilities = {
  durable: false,
  distributed: false,
  nakDelay: 'client',
  ackWaitMs: null,
  workingProlongs: false,
  deliveryCount: false,
  // As much as the amqp adapter carries, so that what works here works there.
  maxPayloadBytes: 16 * 1024 * 1024,
};

const NO_TROUBLES = Object.fromEntries(BUS_TROUBLES.map((trouble) => [trouble, 0])) as Record<BusTrouble, number>;

/**
 * The bus inside one process. Each MemoryBus is one user's connection to a MemoryBroker, which buses can share: when
 * one closes, what it had not acknowledged goes to the others. It is connected from the start, then closed.
 */
export class MemoryBus implements MessageBus {
  readonly capabilities = CAPABILITIES;
  /** There is no broker to have any with. */
  readonly troubles = NO_TROUBLES;
  private current: BusStatus = { kind: 'connected' };
  private readonly statusListeners = new Set<(status: BusStatus) => void>();
  private readonly consumers = new Set<MemoryConsumer>();
  private readonly subscriptions = new Set<MemorySubscription>();
  /** Requests that wait for a reply: how to give each up. */
  private readonly requests = new Set<(error: Error) => void>();

  constructor(private readonly broker = new MemoryBroker()) {}

  get status(): BusStatus {
    return this.current;
  }

  onStatus(listener: (status: BusStatus) => void): () => void {
    this.statusListeners.add(listener);
    return () => this.statusListeners.delete(listener);
  }

  ensureQueue(queue: DurableQueue): Promise<void> {
    return this.whileOpen(() => {
      this.broker.queue(queue);
    });
  }

  publish(subject: string, body: Uint8Array, options: PublishOptions = {}): Promise<void> {
    return this.whileOpen(() => {
      checkOutgoing(subject, body, options, CAPABILITIES.maxPayloadBytes);
      const received = this.broker.publish(seal(subject, body, options));
      if (options.routed === true && !received) throw new NoRouteError(subject);
    });
  }

  subscribe(pattern: string, options: SubscribeOptions = {}): Promise<Subscription> {
    return this.whileOpen(() => {
      assertPattern(pattern);
      if (options.group !== undefined) assertGroup(options.group);
      const subscription: MemorySubscription = new MemorySubscription(this.broker, pattern, options, {
        open: (envelope) => ({ ...envelope.content, respond: this.responder(envelope) }),
        onClose: () => this.subscriptions.delete(subscription),
      });
      this.subscriptions.add(subscription);
      subscription.endOnAbort();
      return subscription;
    });
  }

  request(subject: string, body: Uint8Array, options: RequestOptions): Promise<Message> {
    return this.whileOpen(() => {
      checkOutgoing(subject, body, options, CAPABILITIES.maxPayloadBytes);
      return this.ask(subject, body, options);
    });
  }

  consume(queue: DurableQueue, options: ConsumeOptions): Promise<Consumer> {
    return this.whileOpen(() => {
      const respond = (entry: Entry): Message['respond'] => this.responder(entry.envelope);
      const consumer = new MemoryConsumer(this.broker.queue(queue), options, respond);
      this.consumers.add(consumer);
      return consumer;
    });
  }

  async close(): Promise<void> {
    if (this.current.kind === 'closed') return;
    this.current = { kind: 'closed' };
    for (const giveUp of [...this.requests]) giveUp(closedError());
    for (const subscription of this.subscriptions) await subscription.close();
    for (const consumer of this.consumers) await consumer.abandon();
    for (const listener of this.statusListeners) listener(this.current);
  }

  private ask(subject: string, body: Uint8Array, options: RequestOptions): Promise<Message> {
    return new Promise<Message>((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.requests.delete(giveUp);
      };
      const envelope = seal(subject, body, options, (reply) => {
        end();
        resolve(reply);
      });
      const giveUp = (error: Error): void => {
        end();
        envelope.withdrawn = true;
        reject(error);
      };
      const timer = setTimeout(() => {
        giveUp(new RequestTimeoutError(subject, options.timeoutMs));
      }, options.timeoutMs);
      this.requests.add(giveUp);
      if (!this.broker.publish(envelope)) giveUp(new NoRouteError(subject));
    });
  }

  private responder(envelope: Envelope): Message['respond'] {
    return (body: Uint8Array, headers: Headers = {}) =>
      this.whileOpen(() => {
        checkContent(body, { headers }, CAPABILITIES.maxPayloadBytes);
        if (envelope.withdrawn) return;
        const { content } = seal(envelope.content.subject, body, { headers });
        envelope.reply?.({ ...content, respond: () => Promise.resolve() });
      });
  }

  /** Does it now, and turns what it throws into a rejection, as in a bus that has to ask somebody. */
  private whileOpen<T>(action: () => T | Promise<T>): Promise<T> {
    return new Promise<T>((resolve) => {
      if (this.current.kind === 'closed') throw closedError();
      resolve(action());
    });
  }
}

function closedError(): BusUnavailableError {
  return new BusUnavailableError('the bus is closed');
}
