import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../../src/domain/errors.js';
import { NoRouteError, PayloadTooLargeError } from '../../../src/domain/ports/message-bus.js';
import { digest, next, uniqueQueue, uniqueToken, utf8 } from '../../support/messages.js';
import { type BusSuite } from '../message-bus.js';

/** What a message carries, and where it is refused. */
export function messageCases(suite: BusSuite): void {
  describe('a message', () => {
    it.each([0, 1, 2047, 2048, 131_064, 4 * 1024 * 1024])('of %i bytes arrives whole', async (size) => {
      const queue = uniqueQueue();
      const consumer = await suite.bus.consume(queue, { maxInFlight: 1 });
      const body = randomBytes(size);
      await suite.bus.publish(queue.subject, body);
      const delivery = await next(consumer);
      expect(delivery.body.length).toBe(size);
      expect(digest(delivery.body)).toBe(digest(body));
    });

    it('may be a view into a larger buffer, which its sender may use again', async () => {
      const queue = uniqueQueue();
      const consumer = await suite.bus.consume(queue, { maxInFlight: 1 });
      const large = new Uint8Array([1, 2, 3, 4, 5]);
      await suite.bus.publish(queue.subject, large.subarray(1, 4));
      large.fill(9);
      expect([...(await next(consumer)).body]).toEqual([2, 3, 4]);
    });

    it('above the limit is refused', async () => {
      const { maxPayloadBytes } = suite.bus.capabilities;
      expect(maxPayloadBytes).toBeGreaterThanOrEqual(4 * 1024 * 1024);
      const body = new Uint8Array(maxPayloadBytes + 1);
      await expect(suite.bus.publish(uniqueToken(), body)).rejects.toThrow(PayloadTooLargeError);
    });

    it('keeps its id, its priority and odd headers', async () => {
      const queue = uniqueQueue({ maxPriority: 10 });
      const consumer = await suite.bus.consume(queue, { maxInFlight: 1 });
      const headers = {
        plain: 'x',
        empty: '',
        'Größe / naïve': '𝒳 – ü\u0000\n\t"\\',
        ' ': ' ',
        constructor: 'toString',
        long: 'y'.repeat(20_000),
      };
      await suite.bus.publish(queue.subject, utf8('x'), { headers, messageId: 'ü-1', priority: 7 });
      const delivery = await next(consumer);
      expect([delivery.headers, delivery.messageId, delivery.priority]).toEqual([headers, 'ü-1', 7]);
    });

    it('keeps any headers', async () => {
      const queue = uniqueQueue();
      const consumer = await suite.bus.consume(queue, { maxInFlight: 1 });
      const name = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }).filter((text) => text !== '__proto__');
      const value = fc.string({ maxLength: 40, unit: 'binary' }).filter((text) => text.isWellFormed());
      await fc.assert(
        fc.asyncProperty(fc.dictionary(name, value, { noNullPrototype: true, maxKeys: 5 }), async (headers) => {
          await suite.bus.publish(queue.subject, utf8('x'), { headers });
          const delivery = await next(consumer);
          delivery.ack();
          expect(delivery.headers).toEqual(headers);
        }),
        { numRuns: 50 },
      );
    });

    it('without them has none', async () => {
      const queue = uniqueQueue();
      const consumer = await suite.bus.consume(queue, { maxInFlight: 1 });
      await suite.bus.publish(queue.subject, utf8('x'));
      const delivery = await next(consumer);
      expect([delivery.headers, delivery.messageId, delivery.priority]).toEqual([{}, null, 0]);
    });

    it.each([
      ['a priority above 10', { priority: 11 }],
      ['half a priority', { priority: 1.5 }],
      ['an empty id', { messageId: '' }],
      ['a header without a name', { headers: { '': 'x' } }],
      ['a header with too long a name', { headers: { ['x'.repeat(256)]: 'x' } }],
      ['a header that is no text', { headers: { x: '\ud800' } }],
      ['too much in headers', { headers: { x: 'y'.repeat(65_536) } }],
    ])('with %s is refused', async (_name, options) => {
      await expect(suite.bus.publish(uniqueToken(), utf8('x'), options)).rejects.toThrow(InvalidInputError);
    });

    it('that nothing receives is dropped, or refused where that is asked for', async () => {
      const subject = uniqueToken();
      await suite.bus.publish(subject, utf8('x'));
      await expect(suite.bus.publish(subject, utf8('x'), { routed: true })).rejects.toThrow(NoRouteError);
      await suite.bus.ensureQueue(uniqueQueue({ subjects: [subject] }));
      await suite.bus.publish(subject, utf8('x'), { routed: true });
      await expect(suite.bus.publish(`${subject}.x`, utf8('x'), { routed: true })).rejects.toThrow(NoRouteError);
    });

    it('that is routed is told apart from others sent at the same time', async () => {
      const queue = uniqueQueue();
      await suite.bus.ensureQueue(queue);
      const sent = Array.from({ length: 100 }, (_, index) => (index % 3 === 0 ? uniqueToken() : queue.subject));
      const outcomes = await Promise.allSettled(
        sent.map((subject) => suite.bus.publish(subject, utf8('x'), { routed: true })),
      );
      expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual(
        sent.map((subject) => subject === queue.subject),
      );
    });
  });
}
