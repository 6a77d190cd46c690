import { afterEach, beforeEach, describe } from 'vitest';
import type { MessageBus } from '../../src/domain/ports/message-bus.js';
import { consumerCases } from './message-bus/consume.js';
import { publishCases } from './message-bus/publish.js';
import { requestCases } from './message-bus/request.js';
import { subscribeCases } from './message-bus/subscribe.js';

/** A broker that nobody else uses. */
export interface BusHarness {
  /** One more connection to it. */
  connect(): Promise<MessageBus>;
  /** Ends all connections and takes the broker away. */
  dispose(): Promise<void>;
}

/** What a case works with: two users of one broker. */
export interface BusPair {
  readonly ours: MessageBus;
  readonly theirs: MessageBus;
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (body: Uint8Array): string => new TextDecoder().decode(body);

/** The next item of an iteration that is not over. */
export async function next<Item>(source: AsyncIterable<Item>): Promise<Item> {
  const result: IteratorResult<Item, unknown> = await source[Symbol.asyncIterator]().next();
  if (result.done === true) throw new Error('the iteration is over');
  return result.value;
}

export async function take<Item>(source: AsyncIterable<Item>, count: number): Promise<Item[]> {
  const items: Item[] = [];
  while (items.length < count) items.push(await next(source));
  return items;
}

/** What every MessageBus must do. Each case has a broker of its own. */
export function messageBusConformance(name: string, create: () => Promise<BusHarness>): void {
  describe(`the message bus ${name}`, { timeout: 30_000 }, () => {
    let harness: BusHarness;
    let buses: MessageBus[] = [];
    const pair: { -readonly [key in keyof BusPair]: BusPair[key] } = { ours: null!, theirs: null! };

    beforeEach(async () => {
      harness = await create();
      pair.ours = await harness.connect();
      pair.theirs = await harness.connect();
      buses = [pair.ours, pair.theirs];
    }, 90_000);
    afterEach(async () => {
      await Promise.all(buses.map((bus) => bus.close()));
      await harness.dispose();
    });

    publishCases(pair);
    subscribeCases(pair);
    consumerCases(pair);
    requestCases(pair);
  });
}
