import { createHash, randomBytes } from 'node:crypto';
import { type Delivery, type DurableQueue } from '../../src/domain/ports/message-bus.js';

/** A token that no other test uses, so that tests can share a broker. */
export function uniqueToken(): string {
  return `t${randomBytes(6).toString('hex')}`;
}

/** A queue that no other test uses, for one subject of its own unless others are given. */
export function uniqueQueue(more: Partial<DurableQueue> = {}): DurableQueue & { subject: string } {
  const name = uniqueToken();
  return { name, subjects: [name], subject: name, ...more };
}

export const utf8 = (text: string): Uint8Array => Buffer.from(text);
export const text = (message: { readonly body: Uint8Array }): string => Buffer.from(message.body).toString();
export const digest = (body: Uint8Array): string => createHash('sha256').update(body).digest('hex');

/** The next item of an iteration, which stays open. */
export async function next<T>(source: AsyncIterable<T>): Promise<T> {
  const result: IteratorResult<T, unknown> = await source[Symbol.asyncIterator]().next();
  if (result.done === true) throw new Error('the iteration is over');
  return result.value;
}

export async function take<T>(source: AsyncIterable<T>, count: number): Promise<T[]> {
  const items: T[] = [];
  while (items.length < count) items.push(await next(source));
  return items;
}

/** Takes the next `count` messages, acknowledges each as it comes, and returns their bodies as text. */
export async function takeTexts(source: AsyncIterable<Delivery>, count: number): Promise<string[]> {
  const texts: string[] = [];
  while (texts.length < count) {
    const delivery = await next(source);
    delivery.ack();
    texts.push(text(delivery));
  }
  return texts;
}
