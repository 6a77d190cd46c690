import { randomBytes } from 'node:crypto';
import { connect, type ChannelModel, type ConfirmChannel } from 'amqplib';
import { AmqpBus } from '../src/adapters/amqp/bus.js';
import type { MessageBus } from '../src/domain/ports/message-bus.js';
import { silentLogger } from '../test/support/loggers.js';
import { rabbitmqMissing, RabbitNode } from '../test/support/rabbitmq.js';
import { compare, rate, type Measured } from './harness.js';

const MESSAGES = 10_000;
/** About as long as a dispatch message. */
const BODY = randomBytes(200);
const WINDOW = 1000;
const PREFETCH = 100;
const ROUNDS = 3;
const BOUND = 0.6;
const OURS = { name: 'ours', subjects: ['bench.ours'] };
const PEER = { name: 'peer', subjects: ['bench.peer'] };

/** Messages a second through a real RabbitMQ, beside amqplib by itself: published with confirms, and consumed with acks. */
export async function benchMessageBus(): Promise<Measured[]> {
  if (rabbitmqMissing !== null) {
    console.log(`message-bus is left out: ${rabbitmqMissing}`);
    return [];
  }
  const node = await RabbitNode.start();
  const bus = await AmqpBus.connect({ url: node.url, logger: silentLogger });
  const bare = await connect(node.url);
  try {
    return await measure(bus, bare);
  } finally {
    await bus.close();
    await bare.close();
    await node.dispose();
  }
}

async function measure(bus: MessageBus, bare: ChannelModel): Promise<Measured[]> {
  for (const queue of [OURS, PEER]) await bus.ensureQueue(queue);
  const channel = await bare.createConfirmChannel();
  const publish = await compare(
    `bus: confirmed publishes/s, ${WINDOW} under way`,
    BOUND,
    ROUNDS,
    () => windowed(() => bus.publish('bench.ours', BODY)),
    () => windowed(() => publishBare(channel)),
  );
  // Each round takes what a round of publishing, warm-up included, has left.
  const consume = await compare(
    `bus: messages consumed/s, ${PREFETCH} in flight`,
    BOUND,
    ROUNDS,
    () => rate(MESSAGES, () => consumeOurs(bus)),
    () => rate(MESSAGES, () => consumeBare(bare)),
  );
  return [publish, consume];
}

function windowed(publish: () => Promise<void>): Promise<number> {
  let begun = 0;
  const one = async (): Promise<void> => {
    while (begun++ < MESSAGES) await publish();
  };
  return rate(MESSAGES, () => Promise.all(Array.from({ length: WINDOW }, one)));
}

function publishBare(channel: ConfirmChannel): Promise<void> {
  return new Promise((resolve, reject) => {
    channel.publish('debci', 'bench.peer', BODY, { persistent: true }, (error: unknown) => {
      if (error === null) resolve();
      else reject(new Error('not confirmed', { cause: error }));
    });
  });
}

async function consumeOurs(bus: MessageBus): Promise<void> {
  let left = MESSAGES;
  for await (const delivery of await bus.consume(OURS, { maxInFlight: PREFETCH })) {
    delivery.ack();
    if (--left === 0) return;
  }
}

async function consumeBare(bare: ChannelModel): Promise<void> {
  const channel = await bare.createChannel();
  await channel.prefetch(PREFETCH);
  await new Promise<void>((resolve, reject) => {
    let left = MESSAGES;
    const receive = (message: Parameters<typeof channel.ack>[0] | null): void => {
      if (message === null || left === 0) return;
      channel.ack(message);
      if (--left === 0) resolve();
    };
    channel.consume(PEER.name, receive).catch(reject);
  });
  // What was acknowledged last has arrived once this is answered; the rest goes back.
  await channel.close();
}
