import { createHash, randomBytes } from 'node:crypto';
import { type Delivery, type DurableQueue, type Message } from '../../src/domain/ports/message-bus.js';

/** A token that no other test uses, so that tests can share a broker. */
export function uniqueToken(): string {
  return `t${randomBytes(6).toString('hex')}`;
}

/** A queue that no other test uses, for one subject of its own unless others are given. */
export function uniqueQueue(more: Partial<DurableQueue> = {}): DurableQueue & { subject: string } {
  const name = uniqueToken();
  return { name, subjects: [name], subject: name, ...more };
}

export const bytes = (text: string): Uint8Array => Buffer.from(text);
export const text = (message: Message): string => Buffer.from(message.body).toString();
export const digest = (body: Uint8Array): string => createHash('sha256').update(body).digest('hex');

/** Takes the next `count` messages of an iteration, which stays open. */
export async function take<T extends Message>(source: AsyncIterable<T>, count: number): Promise<T[]> {
  const iterator = source[Symbol.asyncIterator]();
  const taken: T[] = [];
  while (taken.length < count) {
    const result = await iterator.next();
    if (result.done === true) throw new Error(`the iteration ended after ${taken.length} of ${count} messages`);
    taken.push(result.value);
  }
  return taken;
}

export async function takeOne<T extends Message>(source: AsyncIterable<T>): Promise<T> {
  const [first] = await take(source, 1);
  return first!;
}

/** Takes the next `count` messages, acknowledges each as it comes, and returns their bodies as text. */
export async function takeTexts(source: AsyncIterable<Delivery>, count: number): Promise<string[]> {
  const texts: string[] = [];
  while (texts.length < count) {
    const delivery = await takeOne(source);
    delivery.ack();
    texts.push(text(delivery));
  }
  return texts;
}

/** Everything up to the end of an iteration, which somebody else must close. */
export async function collect<T extends Message>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const message of source) all.push(message);
  return all;
}
