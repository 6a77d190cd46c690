import { describe, expect, it } from 'vitest';
import { BusUnavailableError, NoRouteError, RequestTimeoutError } from '../../../src/domain/ports/message-bus.js';
import { next, takeTexts, text, uniqueQueue, uniqueToken, utf8 } from '../../support/messages.js';
import { type BusSuite } from '../message-bus.js';

/** Request and reply. */
export function requestCases(suite: BusSuite): void {
  describe('a request', () => {
    it('is answered by a subscription', async () => {
      const subject = uniqueToken();
      const server = await suite.another();
      const subscription = await server.subscribe(subject);
      const replying = next(subscription).then(async (message) => {
        expect([message.subject, text(message), message.headers, message.messageId]).toEqual([
          subject,
          'question',
          { a: 'b' },
          'id-1',
        ]);
        await message.respond(utf8('answer'), { c: 'd' });
      });
      const options = { timeoutMs: 10_000, headers: { a: 'b' }, messageId: 'id-1' };
      const reply = await suite.bus.request(subject, utf8('question'), options);
      await replying;
      expect([reply.subject, text(reply), reply.headers]).toEqual([subject, 'answer', { c: 'd' }]);
    });

    it('is answered from a durable queue; many at once each get their own answer', async () => {
      const queue = uniqueQueue();
      const consumer = await (await suite.another()).consume(queue, { maxInFlight: 100 });
      const serving = (async () => {
        for await (const delivery of consumer) {
          await delivery.respond(utf8(`${text(delivery)}!`));
          delivery.ack();
        }
      })();
      const asked = Array.from({ length: 50 }, (_, index) => `${index}`);
      const replies = await Promise.all(
        asked.map((body) => suite.bus.request(queue.subject, utf8(body), { timeoutMs: 10_000 })),
      );
      expect(replies.map(text)).toEqual(asked.map((body) => `${body}!`));
      await consumer.close();
      await serving;
    });

    it('that nobody takes is refused at once', async () => {
      await expect(suite.bus.request(uniqueToken(), utf8('x'), { timeoutMs: 10_000 })).rejects.toThrow(NoRouteError);
    });

    it('that is not answered in time is given up, and gone from the queue', async () => {
      const queue = uniqueQueue();
      await suite.bus.ensureQueue(queue);
      const began = performance.now();
      await expect(suite.bus.request(queue.subject, utf8('too late'), { timeoutMs: 300 })).rejects.toThrow(
        RequestTimeoutError,
      );
      expect(performance.now() - began).toBeGreaterThanOrEqual(299);
      await suite.bus.publish(queue.subject, utf8('after it'));
      expect(await takeTexts(await suite.bus.consume(queue, { maxInFlight: 10 }), 1)).toEqual(['after it']);
    });

    it('that expired in the hands of a slow consumer is not handed out', async () => {
      const queue = uniqueQueue();
      const consumer = await suite.bus.consume(queue, { maxInFlight: 10 });
      await expect(suite.bus.request(queue.subject, utf8('too late'), { timeoutMs: 300 })).rejects.toThrow(
        RequestTimeoutError,
      );
      await suite.bus.publish(queue.subject, utf8('after it'));
      expect(await takeTexts(consumer, 1)).toEqual(['after it']);
    });

    it('takes the first answer; later ones and late ones do nothing', async () => {
      const subject = uniqueToken();
      const subscription = await suite.bus.subscribe(subject);
      const asking = suite.bus.request(subject, utf8('x'), { timeoutMs: 10_000 });
      const message = await next(subscription);
      await message.respond(utf8('1'));
      await message.respond(utf8('2'));
      expect(text(await asking)).toBe('1');
      const late = suite.bus.request(subject, utf8('y'), { timeoutMs: 200 });
      const unanswered = await next(subscription);
      await expect(late).rejects.toThrow(RequestTimeoutError);
      await unanswered.respond(utf8('3'));
      const upcoming = suite.bus.request(subject, utf8('z'), { timeoutMs: 10_000 });
      await (await next(subscription)).respond(utf8('4'));
      expect(text(await upcoming)).toBe('4');
    });

    it('ends with the bus', async () => {
      const queue = uniqueQueue();
      await suite.bus.ensureQueue(queue);
      const asking = suite.bus.request(queue.subject, utf8('x'), { timeoutMs: 60_000 });
      const refused = expect(asking).rejects.toThrow(BusUnavailableError);
      await suite.bus.close();
      await refused;
    });

    it('is not what respond answers to where nobody asked', async () => {
      const subject = uniqueToken();
      const subscription = await suite.bus.subscribe(subject);
      await suite.bus.publish(subject, utf8('x'));
      await (await next(subscription)).respond(utf8('y'));
    });
  });
}
