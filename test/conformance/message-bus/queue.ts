import { describe, expect, it } from 'vitest';
import { QueueMismatchError } from '../../../src/domain/ports/message-bus.js';
import { next, takeTexts, text, uniqueQueue, uniqueToken, utf8 } from '../../support/messages.js';
import { type BusSuite } from '../message-bus.js';

/** What a durable queue keeps, and for whom. */
export function queueCases(suite: BusSuite): void {
  describe('a durable queue', () => {
    it('keeps messages until somebody takes them, in order', async () => {
      const queue = uniqueQueue();
      await suite.bus.ensureQueue(queue);
      await suite.bus.ensureQueue(queue);
      const sent = Array.from({ length: 10 }, (_, index) => `${index}`);
      for (const body of sent) await suite.bus.publish(queue.subject, utf8(body));
      const consumer = await (await suite.another()).consume(queue, { maxInFlight: 3 });
      expect(await takeTexts(consumer, 10)).toEqual(sent);
    });

    it('gets a thousand messages that are published without waiting, in order', async () => {
      const queue = uniqueQueue();
      const consumer = await suite.bus.consume(queue, { maxInFlight: 100 });
      const sent = Array.from({ length: 1000 }, (_, index) => `${index}`);
      const publishing = Promise.all(sent.map((body) => suite.bus.publish(queue.subject, utf8(body))));
      const received: string[] = [];
      for await (const delivery of consumer) {
        delivery.ack();
        if (received.push(text(delivery)) === sent.length) break;
      }
      await publishing;
      expect(received).toEqual(sent);
    });

    it('gets the messages of several publishers, those of each in order', async () => {
      const queue = uniqueQueue();
      const consumer = await suite.bus.consume(queue, { maxInFlight: 10 });
      const publishers = { a: suite.bus, b: await suite.another() };
      await Promise.all(
        Object.entries(publishers).map(async ([name, bus]) => {
          for (let i = 0; i < 5; i++) await bus.publish(queue.subject, utf8(`${name}${i}`));
        }),
      );
      const texts = await takeTexts(consumer, 10);
      for (const name of Object.keys(publishers)) {
        expect(texts.filter((one) => one.startsWith(name))).toEqual([0, 1, 2, 3, 4].map((i) => `${name}${i}`));
      }
    });

    it('is not the only one: each queue with the subject gets the message', async () => {
      const subject = uniqueToken();
      const queues = [uniqueQueue({ subjects: [subject] }), uniqueQueue({ subjects: [subject, `${subject}.>`] })];
      for (const queue of queues) await suite.bus.ensureQueue(queue);
      await suite.bus.publish(subject, utf8('both'));
      for (const queue of queues) {
        const consumer = await suite.bus.consume(queue, { maxInFlight: 1 });
        expect(await takeTexts(consumer, 1)).toEqual(['both']);
      }
    });

    it('gets a message once, however many of its subjects match', async () => {
      const own = uniqueToken();
      const queue = uniqueQueue({ subjects: [`${own}.a`, `${own}.*`, `${own}.>`] });
      const consumer = await suite.bus.consume(queue, { maxInFlight: 10 });
      await suite.bus.publish(`${own}.a`, utf8('1'));
      await suite.bus.publish(`${own}.b`, utf8('2'));
      expect(await takeTexts(consumer, 2)).toEqual(['1', '2']);
    });

    it('can be given more subjects', async () => {
      const queue = uniqueQueue();
      const more = uniqueToken();
      await suite.bus.ensureQueue(queue);
      await suite.bus.ensureQueue({ ...queue, subjects: [more] });
      await suite.bus.publish(queue.subject, utf8('1'));
      await suite.bus.publish(more, utf8('2'));
      expect(await takeTexts(await suite.bus.consume(queue, { maxInFlight: 10 }), 2)).toEqual(['1', '2']);
    });

    it('cannot change its priorities', async () => {
      const queue = uniqueQueue({ maxPriority: 10 });
      await suite.bus.ensureQueue(queue);
      const other = uniqueQueue({ name: queue.name });
      await expect(suite.bus.ensureQueue(other)).rejects.toThrow(QueueMismatchError);
      await expect(suite.bus.consume(other, { maxInFlight: 1 })).rejects.toThrow(queue.name);
      await suite.bus.ensureQueue(queue);
    });

    it('shares its messages among its consumers', async () => {
      const queue = uniqueQueue();
      const consumers = [
        await suite.bus.consume(queue, { maxInFlight: 1 }),
        await (await suite.another()).consume(queue, { maxInFlight: 1 }),
      ];
      await suite.bus.publish(queue.subject, utf8('1'));
      await suite.bus.publish(queue.subject, utf8('2'));
      // With one in flight each, neither can have taken both.
      const taken = await Promise.all(consumers.map((consumer) => next(consumer)));
      expect(taken.map(text).sort()).toEqual(['1', '2']);
    });

    it('hands out the highest priority first, and the oldest first within one', async () => {
      const queue = uniqueQueue({ maxPriority: 10 });
      await suite.bus.ensureQueue(queue);
      const sent = [5, 0, 10, 5, 1, 10, 0].map((priority, index) => ({ priority, body: `${priority}-${index}` }));
      for (const { priority, body } of sent) await suite.bus.publish(queue.subject, utf8(body), { priority });
      const consumer = await suite.bus.consume(queue, { maxInFlight: 1 });
      const taken: string[] = [];
      for await (const delivery of consumer) {
        expect(text(delivery)).toMatch(new RegExp(`^${delivery.priority}-`));
        delivery.ack();
        if (taken.push(text(delivery)) === sent.length) break;
      }
      expect(taken).toEqual(['10-2', '10-5', '5-0', '5-3', '1-4', '0-1', '0-6']);
    });

    it('without priorities ignores those of messages', async () => {
      const queue = uniqueQueue();
      await suite.bus.ensureQueue(queue);
      for (const priority of [0, 10, 5]) await suite.bus.publish(queue.subject, utf8(`${priority}`), { priority });
      expect(await takeTexts(await suite.bus.consume(queue, { maxInFlight: 1 }), 1)).toEqual(['0']);
    });
  });
}
