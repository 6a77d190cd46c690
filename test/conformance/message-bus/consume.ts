import { describe, expect, it } from 'vitest';
import {
  QueueMismatchError,
  type Consumer,
  type Delivery,
  type DurableQueue,
} from '../../../src/domain/ports/message-bus.js';
import { next, take, text, utf8, type BusPair } from '../message-bus.js';

const QUEUE: DurableQueue = { name: 'work', subjects: ['work.>'] };
const MANY = { maxInFlight: 100 };
const ONE = { maxInFlight: 1 };

/** JetStream: what a durable queue keeps until it is acknowledged. */
export function consumerCases(bus: BusPair): void {
  const publish = async (...texts: string[]): Promise<void> => {
    for (const one of texts) await bus.ours.publish('work.x', utf8(one), { routed: true });
  };
  const nextText = async (consumer: Consumer): Promise<string> => {
    const delivery = await next(consumer);
    delivery.ack();
    return text(delivery.body);
  };
  /** What is left in the queue: another consumer gets it. */
  const rest = async (): Promise<string[]> => {
    await publish('end');
    const consumer = await bus.theirs.consume(QUEUE, ONE);
    const texts = [await nextText(consumer)];
    while (texts.at(-1) !== 'end') texts.push(await nextText(consumer));
    await consumer.close();
    return texts.slice(0, -1);
  };

  describe('consume', () => {
    it('keeps messages until somebody consumes', async () => {
      await bus.theirs.ensureQueue(QUEUE);
      await bus.theirs.ensureQueue(QUEUE);
      await publish('a', 'b');
      expect(await rest()).toEqual(['a', 'b']);
    });

    it('forgets what is acknowledged or terminated, and gives back what is neither', async () => {
      const consumer = await bus.theirs.consume(QUEUE, MANY);
      await publish('acked', 'terminated', 'neither');
      const [acked, terminated] = (await take(consumer, 3)) as [Delivery, Delivery, Delivery];
      acked.ack();
      terminated.term();
      await bus.theirs.close();
      const after = await bus.ours.consume(QUEUE, MANY);
      const delivery = await next(after);
      expect({ text: text(delivery.body), redelivered: delivery.redelivered }).toEqual({
        text: 'neither',
        redelivered: true,
      });
      delivery.ack();
    });

    it('brings back what was refused, at once or after a pause', async () => {
      const consumer = await bus.theirs.consume(QUEUE, MANY);
      await publish('later');
      (await next(consumer)).nak();
      const again = await next(consumer);
      expect(again.redelivered).toBe(true);
      const begun = performance.now();
      again.nak(200);
      const third = await next(consumer);
      expect(performance.now() - begun).toBeGreaterThan(190);
      third.ack();
      await consumer.close();
      expect(await rest()).toEqual([]);
    });

    it('settles a message once: what comes after does nothing', async () => {
      const consumer = await bus.theirs.consume(QUEUE, MANY);
      await publish('once');
      const delivery = await next(consumer);
      delivery.ack();
      delivery.nak();
      delivery.term();
      delivery.ack();
      await consumer.close();
      expect(await rest()).toEqual([]);
    });

    it('has no more in flight than allowed', async () => {
      const consumer = await bus.theirs.consume(QUEUE, { maxInFlight: 2 });
      await publish('a', 'b', 'c');
      const [first] = (await take(consumer, 2)) as [Delivery, Delivery];
      const third = next(consumer);
      const other = await bus.ours.consume(QUEUE, ONE);
      // It goes to whoever has room.
      expect(await nextText(other)).toBe('c');
      await publish('d');
      expect(await nextText(other)).toBe('d');
      await other.close();
      await publish('e');
      first.ack();
      expect(text((await third).body)).toBe('e');
    });

    it('brings the highest priority first, and equals in order', async () => {
      const queue = { ...QUEUE, maxPriority: 10 };
      await bus.theirs.ensureQueue(queue);
      for (const [one, priority] of [
        ['a', 0],
        ['b', 5],
        ['c', 10],
        ['d', 5],
        ['e', 1],
      ] as const) {
        await bus.ours.publish('work.x', utf8(one), { priority });
      }
      const consumer = await bus.theirs.consume(queue, ONE);
      const texts: string[] = [];
      while (texts.length < 5) texts.push(await nextText(consumer));
      expect(texts.join('')).toBe('cbdea');
    });

    it('shares a queue between consumers: each message goes to one', async () => {
      const consumers = await Promise.all([bus.ours, bus.theirs].map((one) => one.consume(QUEUE, ONE)));
      const got: string[] = [];
      const all = Array.from({ length: 30 }, (_, i) => String(i));
      const readers = consumers.map(async (consumer) => {
        for await (const delivery of consumer) {
          got.push(text(delivery.body));
          delivery.ack();
          if (got.length === all.length) await Promise.all(consumers.map((one) => one.close()));
        }
      });
      await publish(...all);
      await Promise.all(readers);
      expect(got.map(Number).sort((a, b) => a - b)).toEqual(all.map(Number));
    });

    it('gives back on close what was not handed out; what was can still be acknowledged', async () => {
      const consumer = await bus.theirs.consume(QUEUE, MANY);
      await publish('handed out', 'waiting');
      const delivery = await next(consumer);
      await consumer.close();
      expect((await consumer[Symbol.asyncIterator]().next()).done).toBe(true);
      delivery.ack();
      const other = await bus.ours.consume(QUEUE, ONE);
      expect(await nextText(other)).toBe('waiting');
      await other.close();
      expect(await rest()).toEqual([]);
    });

    it('is closed by leaving its loop', async () => {
      const consumer = await bus.theirs.consume(QUEUE, ONE);
      await publish('a', 'b');
      for await (const delivery of consumer) {
        delivery.ack();
        break;
      }
      expect(await rest()).toEqual(['b']);
    });

    it('lets one exclusive consumer in at a time, and the next when it goes', async () => {
      const first = await bus.ours.consume(QUEUE, { maxInFlight: 1, exclusive: true });
      const second = await bus.theirs.consume(QUEUE, { maxInFlight: 1, exclusive: true });
      await publish('for the first');
      expect(await nextText(first)).toBe('for the first');
      await bus.ours.close();
      await bus.theirs.publish('work.x', utf8('for the second'));
      expect(await nextText(second)).toBe('for the second');
    });

    it('refuses a queue that exists with other properties', async () => {
      await bus.ours.ensureQueue(QUEUE);
      const other = { ...QUEUE, maxPriority: 10 };
      await expect(bus.theirs.ensureQueue(other)).rejects.toThrow(QueueMismatchError);
      await expect(bus.theirs.consume(other, ONE)).rejects.toThrow(QueueMismatchError);
      // And goes on with others.
      await bus.theirs.ensureQueue(QUEUE);
    });
  });
}
