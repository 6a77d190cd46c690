import type { Channel, ChannelModel } from 'amqplib';
import { QueueMismatchError, type DurableQueue } from '../../domain/ports/message-bus.js';
import { PRECONDITION_FAILED, replyCode } from './errors.js';

/** The topic exchange that all subjects are keys of. */
export const EXCHANGE = 'debci';

/** NATS's pattern as AMQP's binding key: `>`, one or more tokens, is `*.#`. */
export function bindingKey(pattern: string): string {
  return pattern.replace(/>$/, '*.#');
}

/** Makes the exchange; each connection does so once, before all else. */
export async function declareExchange(model: ChannelModel): Promise<void> {
  await withChannel(model, (channel) => channel.assertExchange(EXCHANGE, 'topic', { durable: true }));
}

/** Makes the queue, with Debian's arguments, and binds its subjects. @throws QueueMismatchError */
export async function declareQueue(channel: Channel, queue: DurableQueue): Promise<void> {
  const { name, subjects, maxPriority } = queue;
  try {
    await channel.assertQueue(name, { durable: true, ...(maxPriority !== undefined && { maxPriority }) });
    for (const subject of subjects) await channel.bindQueue(name, EXCHANGE, bindingKey(subject));
  } catch (error) {
    if (replyCode(error) === PRECONDITION_FAILED) throw new QueueMismatchError(name, { cause: error });
    throw error;
  }
}

/** One task on a channel of its own, since the broker closes the channel of a task that fails. */
export async function withChannel<Result>(
  model: ChannelModel,
  task: (channel: Channel) => Promise<Result>,
): Promise<Result> {
  const channel = await model.createChannel();
  // Told by the rejection of the task already; an unheard 'error' event would end the process.
  channel.on('error', () => undefined);
  const result = await task(channel);
  await channel.close();
  return result;
}
