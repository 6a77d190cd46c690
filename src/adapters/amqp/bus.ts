import type { ConsumeMessage } from 'amqplib';
import type { Logger } from '../../domain/ports/logger.js';
import type {
  BusCapabilities,
  BusStatus,
  ConsumeOptions,
  Consumer,
  DurableQueue,
  Message,
  MessageBus,
  PublishOptions,
  RequestOptions,
  SubscribeOptions,
  Subscription,
} from '../../domain/ports/message-bus.js';
import { assertGroup, assertPattern } from '../../domain/subjects.js';
import { checkContent, checkOutgoing } from '../shared/outgoing.js';
import { parseAddress, type TlsOptions } from './address.js';
import { Connection } from './connection.js';
import { AmqpConsumer } from './consumer.js';
import { properties } from './envelope.js';
import { channelError } from './errors.js';
import { Publisher } from './publisher.js';
import { Requests } from './requests.js';
import { AmqpSubscription } from './subscription.js';
import { declareExchange, declareQueue, EXCHANGE, withChannel } from './topology.js';

const CAPABILITIES: BusCapabilities = {
  durable: true,
  distributed: true,
  nakDelay: 'client',
  ackWaitMs: null,
  workingProlongs: false,
  deliveryCount: false,
  // RabbitMQ's own limit since 4.0.
  maxPayloadBytes: 16 * 1024 * 1024,
};

const DEFAULT_BACKOFF = { minMs: 250, maxMs: 15_000 };
const HEARTBEAT_SECONDS = 30;
const CONNECT_TIMEOUT_MS = 10_000;
const WAIT_FOR_CONNECTION_MS = 10_000;
const CLOSE_TIMEOUT_MS = 5_000;

export interface AmqpBusOptions {
  /** `amqp://[user:password@]host[:port][/vhost]`, `amqps://` for TLS. */
  readonly url: string;
  readonly tls?: TlsOptions;
  readonly logger: Logger;
  /** Keep trying if the first attempt fails, as daemons do. Default: `connect` rejects. */
  readonly retryFirst?: boolean;
  /** Pause before the first attempt to reconnect, doubled each time up to `maxMs`. Default 250 ms to 15 s. */
  readonly backoff?: { readonly minMs: number; readonly maxMs: number };
}

/** The bus on an AMQP 0-9-1 broker (RabbitMQ): NATS's subjects are keys of one topic exchange. */
export class AmqpBus implements MessageBus {
  readonly capabilities = CAPABILITIES;
  private readonly connection: Connection;
  private readonly publisher: Publisher;
  private readonly requests = new Requests();
  private readonly consumers = new Set<AmqpConsumer>();
  private readonly subscriptions = new Set<AmqpSubscription>();

  private constructor(private readonly options: AmqpBusOptions) {
    this.connection = new Connection({
      address: parseAddress(options.url, options.tls),
      logger: options.logger,
      backoff: options.backoff ?? DEFAULT_BACKOFF,
      heartbeatSeconds: HEARTBEAT_SECONDS,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      prepare: declareExchange,
    });
    this.publisher = new Publisher(
      this.connection,
      (reply) => {
        this.requests.take(reply);
      },
      (error) => {
        this.requests.fail(error);
      },
    );
  }

  /** @throws BusUnavailableError, BusAccessError; InvalidInputError for a bad URL */
  static async connect(options: AmqpBusOptions): Promise<AmqpBus> {
    const bus = new AmqpBus(options);
    await bus.connection.start(options.retryFirst === true);
    return bus;
  }

  get status(): BusStatus {
    return this.connection.status;
  }

  onStatus(listener: (status: BusStatus) => void): () => void {
    return this.connection.changes.on(() => {
      listener(this.status);
    });
  }

  async ensureQueue(queue: DurableQueue): Promise<void> {
    const model = await this.connection.whenUp(WAIT_FOR_CONNECTION_MS);
    try {
      await withChannel(model, (channel) => declareQueue(channel, queue));
    } catch (error) {
      throw channelError(this.connection.label, `declare ${queue.name}`, error);
    }
  }

  async publish(subject: string, body: Uint8Array, options: PublishOptions = {}): Promise<void> {
    checkOutgoing(subject, body, options, CAPABILITIES.maxPayloadBytes);
    this.connection.assertUsable();
    await this.publisher.publish({ exchange: EXCHANGE, key: subject, body, properties: properties(options) });
  }

  async subscribe(pattern: string, options: SubscribeOptions = {}): Promise<Subscription> {
    assertPattern(pattern);
    if (options.group !== undefined) assertGroup(options.group);
    this.connection.assertUsable();
    const subscription: AmqpSubscription = new AmqpSubscription(
      this.connection,
      pattern,
      options,
      (message) => this.responder(message),
      () => this.subscriptions.delete(subscription),
      this.options.logger,
    );
    this.subscriptions.add(subscription);
    await subscription.start();
    return subscription;
  }

  async request(subject: string, body: Uint8Array, options: RequestOptions): Promise<Message> {
    checkOutgoing(subject, body, options, CAPABILITIES.maxPayloadBytes);
    this.connection.assertUsable();
    return this.requests.send(this.publisher, subject, body, options);
  }

  async consume(queue: DurableQueue, options: ConsumeOptions): Promise<Consumer> {
    this.connection.assertUsable();
    const consumer: AmqpConsumer = new AmqpConsumer(
      this.connection,
      queue,
      options,
      (message) => this.responder(message),
      () => this.consumers.delete(consumer),
      this.options.logger,
    );
    this.consumers.add(consumer);
    await consumer.start();
    return consumer;
  }

  async close(): Promise<void> {
    if (this.status.kind === 'closed') return;
    await Promise.all([...this.subscriptions].map((subscription) => subscription.close()));
    await Promise.all([...this.consumers].map((consumer) => consumer.abandon()));
    if (this.status.kind === 'connected') await within(CLOSE_TIMEOUT_MS, this.publisher.settled());
    await this.connection.close();
  }

  private responder({ properties: p }: ConsumeMessage): Message['respond'] {
    const { replyTo, correlationId } = p as { replyTo?: unknown; correlationId?: unknown };
    if (typeof replyTo !== 'string') return () => Promise.resolve();
    return async (body, headers = {}) => {
      checkContent(body, { headers }, CAPABILITIES.maxPayloadBytes);
      const reply = { ...properties({ headers }), persistent: false, correlationId: String(correlationId) };
      await this.publisher.publish({ exchange: '', key: replyTo, body, properties: reply });
    };
  }
}

async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
