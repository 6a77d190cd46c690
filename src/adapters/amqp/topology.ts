import { type Channel, type ChannelModel } from 'amqplib';
import { type Logger } from '../../domain/ports/logger.js';
import { QueueMismatchError, type DurableQueue } from '../../domain/ports/message-bus.js';
import { closeChannel } from './channel.js';
import { ACCESS_REFUSED, channelError, PRECONDITION_FAILED, reasonOf, replyCode, RESOURCE_LOCKED } from './errors.js';

/**
 * How subjects and queues look in AMQP: one durable topic exchange, whose routing keys are the subjects. A queue is
 * bound to it by its subjects, and by nature to the default exchange by its name, where Debian's programs publish.
 */
export const EXCHANGE = 'debci';

/** A queue of a group ends this long after its last listener, should it not have gone with him. */
const GROUP_QUEUE_EXPIRES_MS = 60_000;

/** NATS's `>` is one or more words; AMQP's `#` is none or more. */
export function bindingKey(pattern: string): string {
  return pattern === '>' || pattern.endsWith('.>') ? `${pattern.slice(0, -1)}*.#` : pattern;
}

/** What must be there before anybody publishes: the exchange, and each queue that was ever ensured. */
export class Topology {
  private readonly queues = new Map<string, DurableQueue>();

  constructor(
    private readonly label: string,
    private readonly logger: Logger,
  ) {}

  /** @throws QueueMismatchError */
  async ensure(model: ChannelModel, queue: DurableQueue): Promise<void> {
    await declareQueue(model, queue, this.label);
    this.queues.set(queue.name, queue);
  }

  /** Makes all anew on a new connection, for its broker may have lost them. A queue that cannot be is logged. */
  async restore(model: ChannelModel): Promise<void> {
    await declareExchange(model, this.label);
    for (const queue of this.queues.values()) {
      try {
        await this.ensure(model, queue);
      } catch (error) {
        if (!(error instanceof QueueMismatchError)) throw error;
        this.logger.error({ server: this.label, queue: queue.name, reason: reasonOf(error) }, 'a queue has changed');
      }
    }
  }
}

/** An error closes a channel, so what may fail gets one of its own. */
async function withChannel(model: ChannelModel, use: (channel: Channel) => Promise<unknown>): Promise<void> {
  const channel = await model.createChannel();
  // The operation that failed says it too.
  channel.on('error', () => undefined);
  try {
    await use(channel);
  } finally {
    await closeChannel(channel);
  }
}

/** Where a user may not make it, it is enough that somebody else has: workers and submitters need few rights. */
async function makeOrFind(
  model: ChannelModel,
  make: (channel: Channel) => Promise<unknown>,
  find: (channel: Channel) => Promise<unknown>,
): Promise<void> {
  try {
    await withChannel(model, make);
  } catch (error) {
    if (replyCode(error) !== ACCESS_REFUSED) throw error;
    await withChannel(model, find).catch(() => {
      throw error;
    });
  }
}

async function declareExchange(model: ChannelModel, label: string): Promise<void> {
  try {
    await makeOrFind(
      model,
      (channel) => channel.assertExchange(EXCHANGE, 'topic', { durable: true }),
      (channel) => channel.checkExchange(EXCHANGE),
    );
  } catch (error) {
    throw channelError(label, `make the exchange ${EXCHANGE}`, error);
  }
}

/** @throws QueueMismatchError */
export async function declareQueue(model: ChannelModel, queue: DurableQueue, label: string): Promise<string> {
  const priorities = queue.maxPriority === undefined ? {} : { maxPriority: queue.maxPriority };
  try {
    await makeOrFind(
      model,
      async (channel) => {
        await channel.assertQueue(queue.name, { durable: true, ...priorities });
        for (const pattern of queue.subjects) await channel.bindQueue(queue.name, EXCHANGE, bindingKey(pattern));
      },
      (channel) => channel.checkQueue(queue.name),
    );
    return queue.name;
  } catch (error) {
    const code = replyCode(error);
    if (code === PRECONDITION_FAILED || code === RESOURCE_LOCKED) {
      throw new QueueMismatchError(queue.name, { cause: error });
    }
    throw channelError(label, `make the queue ${queue.name}`, error);
  }
}

/**
 * A queue for who listens now. Alone: it goes with the connection. In a group: shared, and durable only because
 * RabbitMQ is giving up queues that are neither durable nor exclusive; it goes with its last listener.
 */
export async function declareListening(channel: Channel, pattern: string, group: string | undefined): Promise<string> {
  const { queue } =
    group === undefined
      ? await channel.assertQueue('', { exclusive: true, autoDelete: true, durable: false })
      : await channel.assertQueue(`${EXCHANGE}.group.${group}.${pattern}`, {
          durable: true,
          autoDelete: true,
          expires: GROUP_QUEUE_EXPIRES_MS,
        });
  await channel.bindQueue(queue, EXCHANGE, bindingKey(pattern));
  return queue;
}
