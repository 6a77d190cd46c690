import { type Message as AmqpMessage } from 'amqplib';
import { setTimeout as pause } from 'node:timers/promises';
import { type Logger } from '../../domain/ports/logger.js';
import {
  type BusCapabilities,
  type BusStatus,
  type BusTrouble,
  type ConsumeOptions,
  type Consumer,
  type Delivery,
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
import { type Address, parseAddress, type TlsOptions } from './address.js';
import { Connection, type ConnectionSettings } from './connection.js';
import { closedError } from './errors.js';
import { Feed, type FeedSource } from './feed.js';
import { publishProperties, readMessage, replyAddress } from './message.js';
import { Publisher } from './publisher.js';
import { deliver } from './received.js';
import { Requests } from './requests.js';
import { StatusOfAll } from './status.js';
import { Troubles } from './troubles.js';
import { declareListening, declareQueue, EXCHANGE, Topology } from './topology.js';

const CAPABILITIES: BusCapabilities = {
  durable: true,
  distributed: true,
  nakDelay: 'client',
  // RabbitMQ's consumer_timeout, unless the broker is configured otherwise.
  ackWaitMs: 30 * 60 * 1000,
  workingProlongs: false,
  deliveryCount: false,
  // RabbitMQ 4.0's max_message_size, unless the broker is configured otherwise.
  maxPayloadBytes: 16 * 1024 * 1024,
};
/** What a subscription holds that was not handed out; the rest waits at the broker. */
const SUBSCRIPTION_PREFETCH = 256;
const CLOSE_MS = 5000;
/** The longest that a timer can wait. */
const FOREVER_MS = 2 ** 31 - 1;

export interface AmqpBusOptions {
  readonly url: string;
  readonly tls?: TlsOptions;
  readonly logger: Logger;
  /** Keep trying where the broker cannot be reached at first, until `signal` aborts. Default: reject. */
  readonly retryFirst?: boolean;
  readonly signal?: AbortSignal;
  /** Pauses between attempts to connect again. Default: 200 ms, doubled each time up to 30 s. */
  readonly backoff?: ConnectionSettings['backoff'];
  /** Two of them missed, and the connection counts as lost. Default: 30 s. */
  readonly heartbeatSeconds?: number;
  /** How long an operation waits for a lost connection to come back, or a blocked broker to go on. Default: 10 s. */
  readonly patienceMs?: number;
}

/**
 * The bus on RabbitMQ, over two connections: a broker that is low on memory or disk stops reading from those that
 * publish, and must still hear the acknowledgements that would help it. The one for receiving is opened when it is
 * first needed.
 *
 * What hangs on a connection comes back with it: the exchange and queues, consumers, subscriptions. What is under way
 * when it breaks is rejected with BusUnavailableError; what is begun while there is none waits for `patienceMs`.
 */
export class AmqpBus implements MessageBus {
  readonly capabilities = CAPABILITIES;
  private readonly address: Address;
  private readonly patienceMs: number;
  private readonly states = new StatusOfAll();
  private readonly reported: Troubles;
  private readonly topology: Topology;
  private readonly outgoing: Connection;
  private incoming: Connection | null = null;
  private readonly publisher: Publisher;
  private readonly requests: Requests;
  private readonly feeds = new Set<{ finish(): Promise<void> }>();
  private routedCount = 0;
  private closing: Promise<void> | null = null;

  /**
   * @throws BusUnavailableError if the broker cannot be reached; BusAccessError if it refuses us; InvalidInputError if
   * the URL is none. None of them tells the password.
   */
  static async connect(options: AmqpBusOptions): Promise<AmqpBus> {
    const bus = new AmqpBus(options);
    const onAbort = (): void => void bus.close();
    options.signal?.addEventListener('abort', onAbort);
    try {
      options.signal?.throwIfAborted();
      await bus.outgoing.start(options.retryFirst ?? false);
      await bus.publisher.open();
      return bus;
    } catch (error) {
      await bus.close();
      throw error;
    } finally {
      options.signal?.removeEventListener('abort', onAbort);
    }
  }

  /** One that connects by itself, now or when its broker is there; `status` tells. @throws InvalidInputError */
  static connecting(options: Omit<AmqpBusOptions, 'retryFirst' | 'signal'>): AmqpBus {
    const bus = new AmqpBus(options);
    const opening = bus.outgoing.start(true).then(() => bus.publisher.open(FOREVER_MS));
    // The status says it too.
    opening.catch(() => undefined);
    return bus;
  }

  private constructor(private readonly options: AmqpBusOptions) {
    this.address = parseAddress(options.url, options.tls);
    this.patienceMs = options.patienceMs ?? 10_000;
    this.reported = new Troubles(this.address.label, options.logger);
    this.topology = new Topology(this.address.label, options.logger);
    this.outgoing = this.connection(this.topology);
    this.publisher = new Publisher(this.outgoing, this.reported, this.patienceMs, (error) => {
      this.requests.rejectAll(error);
    });
    this.requests = new Requests(this.publisher, this.address.label);
  }

  get status(): BusStatus {
    return this.states.status;
  }

  onStatus(listener: (status: BusStatus) => void): () => void {
    return this.states.onStatus(listener);
  }

  get troubles(): Readonly<Record<BusTrouble, number>> {
    return this.reported.counts;
  }

  async ensureQueue(queue: DurableQueue): Promise<void> {
    queue.subjects.forEach(assertPattern);
    this.assertOpen();
    await this.publisher.ready();
    await this.topology.ensure(await this.outgoing.whenUp(this.patienceMs), queue);
  }

  async publish(subject: string, body: Uint8Array, options: PublishOptions = {}): Promise<void> {
    checkOutgoing(subject, body, options, CAPABILITIES.maxPayloadBytes);
    this.assertOpen();
    const routed = options.routed === true ? { mandatory: true, correlationId: `${++this.routedCount}` } : {};
    const properties = { ...publishProperties(options), ...routed };
    await this.publisher.publish({ subject, exchange: EXCHANGE, body, properties });
  }

  async subscribe(pattern: string, options: SubscribeOptions = {}): Promise<Subscription> {
    const { group, signal } = options;
    assertPattern(pattern);
    if (group !== undefined) assertGroup(group);
    const feed: Feed<Message> = await this.feed({
      task: `listen to ${pattern}`,
      prefetch: SUBSCRIPTION_PREFETCH,
      exclusive: false,
      declare: ({ channel }) => declareListening(channel, pattern, group),
      open: (received) => {
        received.ack();
        return { ...readMessage(received.message), respond: this.responder(received.message) };
      },
    });
    feed.closeOn(signal);
    return feed;
  }

  async request(subject: string, body: Uint8Array, options: RequestOptions): Promise<Message> {
    checkOutgoing(subject, body, options, CAPABILITIES.maxPayloadBytes);
    this.assertOpen();
    return this.requests.request(subject, body, options);
  }

  async consume(queue: DurableQueue, options: ConsumeOptions): Promise<Consumer> {
    queue.subjects.forEach(assertPattern);
    return this.feed<Delivery>({
      task: `consume from the queue ${queue.name}`,
      prefetch: options.maxInFlight,
      exclusive: options.exclusive ?? false,
      declare: ({ model }) => declareQueue(model, queue, this.address.label),
      open: (received) => deliver(received, this.responder(received.message)),
    });
  }

  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  private async shutDown(): Promise<void> {
    this.requests.rejectAll(closedError());
    const orderly = Promise.all([...this.feeds].map((feed) => feed.finish()).concat(this.publisher.close()));
    const late = new AbortController();
    await Promise.race([orderly, pause(CLOSE_MS, undefined, { signal: late.signal })]);
    late.abort();
    await Promise.all([this.outgoing.close(), this.incoming?.close()]);
  }

  private async feed<Out>(source: FeedSource<Out>): Promise<Feed<Out>> {
    this.assertOpen();
    this.incoming ??= this.startIncoming();
    const feed = new Feed(this.incoming, this.reported, source, (closed) => this.feeds.delete(closed));
    this.feeds.add(feed);
    try {
      await feed.open(this.patienceMs);
      return feed;
    } catch (error) {
      await feed.finish();
      throw error;
    }
  }

  private startIncoming(): Connection {
    const connection = this.connection(new Topology(this.address.label, this.options.logger));
    // Who waits for it hears of its failure, and so does the status.
    connection.start(true).catch(() => undefined);
    return connection;
  }

  private connection(topology: Topology): Connection {
    const connection = new Connection({
      address: this.address,
      troubles: this.reported,
      backoff: this.options.backoff ?? { minMs: 200, maxMs: 30_000 },
      heartbeatSeconds: this.options.heartbeatSeconds ?? 30,
      connectTimeoutMs: this.patienceMs,
      prepare: (model) => topology.restore(model),
    });
    this.states.add(connection);
    return connection;
  }

  private responder(message: AmqpMessage): Message['respond'] {
    return async (body: Uint8Array, headers: Headers = {}) => {
      const to = replyAddress(message);
      if (to === null) return;
      checkContent(body, { headers }, CAPABILITIES.maxPayloadBytes);
      this.assertOpen();
      const properties = { ...publishProperties({ headers }), correlationId: to.correlationId };
      await this.publisher.publish({ subject: to.queue, exchange: '', body, properties });
    };
  }

  private assertOpen(): void {
    if (this.closing !== null) throw closedError();
  }
}
