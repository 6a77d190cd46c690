import { describe, expect, it } from 'vitest';
import { next, take, takeTexts, text, uniqueQueue, utf8 } from '../../support/messages.js';
import { type BusSuite } from '../message-bus.js';

/** JetStream: how a delivery ends, and how consumers take turns. */
export function deliveryCases(suite: BusSuite): void {
  describe('a delivery', () => {
    it('that is acknowledged does not come again', async () => {
      const queue = uniqueQueue();
      const first = await suite.bus.consume(queue, { maxInFlight: 1 });
      await suite.bus.publish(queue.subject, utf8('1'));
      const delivery = await next(first);
      expect(delivery.redelivered).toBe(false);
      delivery.ack();
      await suite.bus.close();
      const later = await suite.another();
      await later.publish(queue.subject, utf8('2'));
      expect(await takeTexts(await later.consume(queue, { maxInFlight: 1 }), 1)).toEqual(['2']);
    });

    it('that is refused for now comes again, marked, before what is younger', async () => {
      const queue = uniqueQueue();
      const consumer = await suite.bus.consume(queue, { maxInFlight: 1 });
      await suite.bus.publish(queue.subject, utf8('1'));
      await suite.bus.publish(queue.subject, utf8('2'));
      (await next(consumer)).nak();
      const again = await next(consumer);
      expect([text(again), again.redelivered]).toEqual(['1', true]);
      again.ack();
      const upcoming = await next(consumer);
      expect([text(upcoming), upcoming.redelivered]).toEqual(['2', false]);
    });

    it('that is refused with a delay comes again after it, and what follows does not wait for it', async () => {
      const queue = uniqueQueue();
      const consumer = await suite.bus.consume(queue, { maxInFlight: 2 });
      await suite.bus.publish(queue.subject, utf8('1'));
      await suite.bus.publish(queue.subject, utf8('2'));
      const refusedAt = performance.now();
      (await next(consumer)).nak(300);
      expect(text(await next(consumer))).toBe('2');
      const again = await next(consumer);
      expect([text(again), again.redelivered]).toEqual(['1', true]);
      // A timer may be a millisecond early.
      expect(performance.now() - refusedAt).toBeGreaterThanOrEqual(299);
    });

    it('that is refused for ever does not come again', async () => {
      const queue = uniqueQueue();
      const consumer = await suite.bus.consume(queue, { maxInFlight: 1 });
      await suite.bus.publish(queue.subject, utf8('1'));
      (await next(consumer)).term();
      await suite.bus.publish(queue.subject, utf8('2'));
      expect(text(await next(consumer))).toBe('2');
    });

    it('ends once: what comes after does nothing', async () => {
      const queue = uniqueQueue();
      const consumer = await suite.bus.consume(queue, { maxInFlight: 1 });
      await suite.bus.publish(queue.subject, utf8('1'));
      await suite.bus.publish(queue.subject, utf8('2'));
      const first = await next(consumer);
      first.working();
      first.ack();
      first.nak();
      first.ack();
      first.term();
      const second = await next(consumer);
      expect(text(second)).toBe('2');
      second.nak(1);
      second.ack();
      second.term();
      expect(text(await next(consumer))).toBe('2');
    });

    it('is not followed by more than may be in flight', async () => {
      const queue = uniqueQueue();
      await suite.bus.ensureQueue(queue);
      for (let index = 0; index < 5; index++) await suite.bus.publish(queue.subject, utf8(`${index}`));
      const consumer = await suite.bus.consume(queue, { maxInFlight: 2 });
      const other = await (await suite.another()).consume(queue, { maxInFlight: 10 });
      // The first consumer holds two and the other gets the rest, so that a third for the first cannot exist.
      const held = await take(consumer, 2);
      const rest = await take(other, 3);
      expect([...held, ...rest].map(text).sort()).toEqual(['0', '1', '2', '3', '4']);
      const upcoming = next(consumer);
      held[0]!.ack();
      await suite.bus.publish(queue.subject, utf8('5'));
      const fifth = await Promise.race([upcoming, next(other)]);
      expect(text(fifth)).toBe('5');
    });

    it('that was not handed out goes back when its consumer closes; one that was can still be acknowledged', async () => {
      const queue = uniqueQueue();
      const consumer = await suite.bus.consume(queue, { maxInFlight: 10 });
      for (const body of ['1', '2', '3']) await suite.bus.publish(queue.subject, utf8(body));
      const handedOut = await next(consumer);
      await consumer.close();
      expect((await consumer[Symbol.asyncIterator]().next()).done).toBe(true);
      const second = await suite.bus.consume(queue, { maxInFlight: 10 });
      expect((await take(second, 2)).map(text)).toEqual(['2', '3']);
      handedOut.ack();
      await suite.bus.close();
      const later = await suite.another();
      expect(await takeTexts(await later.consume(queue, { maxInFlight: 10 }), 2)).toEqual(['2', '3']);
    });

    it('is the last when its consumer begins to close', async () => {
      const queue = uniqueQueue();
      const consumer = await suite.bus.consume(queue, { maxInFlight: 10 });
      for (const body of ['1', '2', '3']) await suite.bus.publish(queue.subject, utf8(body));
      (await next(consumer)).ack();
      const closing = consumer.close();
      expect((await consumer[Symbol.asyncIterator]().next()).done).toBe(true);
      await closing;
      expect(await takeTexts(await suite.bus.consume(queue, { maxInFlight: 1 }), 2)).toEqual(['2', '3']);
    });

    it('that was not acknowledged comes again, marked, when its bus closes', async () => {
      const queue = uniqueQueue();
      const crashing = await suite.another();
      const consumer = await crashing.consume(queue, { maxInFlight: 10 });
      for (const body of ['1', '2', '3']) await suite.bus.publish(queue.subject, utf8(body));
      const [first, second] = await take(consumer, 3);
      first!.ack();
      second!.nak(60_000);
      await crashing.close();
      const again = await take(await suite.bus.consume(queue, { maxInFlight: 10 }), 2);
      expect(again.map((delivery) => [text(delivery), delivery.redelivered])).toEqual([
        ['2', true],
        ['3', true],
      ]);
    });

    it('leaves its consumer by leaving the loop, and the rest goes back', async () => {
      const queue = uniqueQueue();
      const consumer = await suite.bus.consume(queue, { maxInFlight: 10 });
      for (const body of ['1', '2']) await suite.bus.publish(queue.subject, utf8(body));
      for await (const delivery of consumer) {
        delivery.ack();
        break;
      }
      expect(await takeTexts(await suite.bus.consume(queue, { maxInFlight: 1 }), 1)).toEqual(['2']);
    });
  });

  describe('an exclusive consumer', () => {
    it('gets all, and another takes over when it closes', async () => {
      const queue = uniqueQueue();
      const first = await suite.bus.consume(queue, { maxInFlight: 10, exclusive: true });
      const standby = await (await suite.another()).consume(queue, { maxInFlight: 10, exclusive: true });
      const waiting = next(standby);
      for (const body of ['1', '2', '3']) await suite.bus.publish(queue.subject, utf8(body));
      expect((await take(first, 3)).map(text)).toEqual(['1', '2', '3']);
      await suite.bus.close();
      const delivery = await waiting;
      expect([text(delivery), delivery.redelivered]).toEqual(['1', true]);
    });

    it('keeps others waiting who are not exclusive, and waits for them', async () => {
      const queue = uniqueQueue();
      const first = await suite.bus.consume(queue, { maxInFlight: 10, exclusive: true });
      const shared = await (await suite.another()).consume(queue, { maxInFlight: 10 });
      const waiting = next(shared);
      await suite.bus.publish(queue.subject, utf8('1'));
      expect(await takeTexts(first, 1)).toEqual(['1']);
      await first.close();
      await suite.bus.publish(queue.subject, utf8('2'));
      expect(text(await waiting)).toBe('2');
      const third = await suite.bus.consume(queue, { maxInFlight: 10, exclusive: true });
      const thirdWaits = next(third);
      await suite.bus.publish(queue.subject, utf8('3'));
      expect(text(await next(shared))).toBe('3');
      await shared.close();
      await suite.bus.publish(queue.subject, utf8('4'));
      expect(text(await thirdWaits)).toBe('4');
    });

    it('can stop waiting', async () => {
      const queue = uniqueQueue();
      await suite.bus.consume(queue, { maxInFlight: 1, exclusive: true });
      const standby = await (await suite.another()).consume(queue, { maxInFlight: 1, exclusive: true });
      const waiting = standby[Symbol.asyncIterator]().next();
      await standby.close();
      expect((await waiting).done).toBe(true);
    });
  });
}
