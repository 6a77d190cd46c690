import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BadSubjectError } from '../../../src/domain/ports/message-bus.js';
import { matches } from '../../../src/domain/subjects.js';
import { next, take, takeTexts, uniqueQueue, uniqueToken, utf8 } from '../../support/messages.js';
import { type BusSuite } from '../message-bus.js';

/** Which messages reach which pattern. */
export function subjectCases(suite: BusSuite): void {
  describe('subjects', () => {
    it.each([
      ['a', ['a'], ['a.b', 'b']],
      ['a.b', ['a.b'], ['a', 'a.b.c', 'a.c']],
      ['*', ['a', 'b'], ['a.b']],
      ['a.*', ['a.b', 'a.c'], ['a', 'a.b.c', 'b.b']],
      ['*.b', ['a.b', 'b.b'], ['b', 'a.a', 'a.b.b']],
      ['a.*.c', ['a.b.c', 'a.c.c'], ['a.c', 'a.b.b.c']],
      ['a.>', ['a.b', 'a.b.c', 'a.b.c.d'], ['a', 'b.c']],
      ['*.>', ['a.b', 'a.b.c'], ['a']],
      ['>', ['a', 'a.b', 'a.b.c'], []],
    ])('reach the pattern %s', async (pattern, reached, missed) => {
      // A first token of this test's own keeps other tests' messages away; its last message shows that all came.
      const own = uniqueToken();
      const subscription = await suite.bus.subscribe(`${own}.${pattern}`);
      const end = uniqueQueue();
      const ended = await suite.bus.subscribe(end.subject);
      const queue = uniqueQueue({ subjects: [`${own}.${pattern}`, end.subject] });
      const consumer = await suite.bus.consume(queue, { maxInFlight: 100 });
      for (const subject of [...missed, ...reached]) await suite.bus.publish(`${own}.${subject}`, utf8(subject));
      await suite.bus.publish(end.subject, utf8('end'));
      expect(await takeTexts(consumer, reached.length + 1)).toEqual([...reached, 'end']);
      expect((await take(subscription, reached.length)).map((m) => m.subject)).toEqual(
        reached.map((subject) => `${own}.${subject}`),
      );
      await next(ended);
    });

    it.each(['', '.', 'a..b', '.a', 'a.', 'a b', 'a.*', '>', 'a.>', 'ä', 'a\u0000', '#', 'a'.repeat(201)])(
      '%j cannot be published to',
      async (subject) => {
        await expect(suite.bus.publish(subject, utf8('x'))).rejects.toThrow(BadSubjectError);
        await expect(suite.bus.request(subject, utf8('x'), { timeoutMs: 1000 })).rejects.toThrow(BadSubjectError);
      },
    );

    it.each(['', 'a..b', 'a.>.b', '>.a', 'a*', '#', 'a.#', 'a b'])('%j is no pattern', async (pattern) => {
      await expect(suite.bus.subscribe(pattern)).rejects.toThrow(BadSubjectError);
      await expect(suite.bus.ensureQueue(uniqueQueue({ subjects: [pattern] }))).rejects.toThrow(BadSubjectError);
      await expect(suite.bus.consume(uniqueQueue({ subjects: [pattern] }), { maxInFlight: 1 })).rejects.toThrow(
        BadSubjectError,
      );
    });

    it('match in every transport as the rule says', async () => {
      const own = uniqueToken();
      const token = fc.constantFrom('a', 'b');
      const wildcard = fc.oneof(token, fc.constant('*'));
      const patterns = fc.tuple(fc.array(wildcard, { maxLength: 3 }), fc.oneof(wildcard, fc.constant('>')));
      const subjects = fc.array(fc.array(token, { minLength: 1, maxLength: 4 }), { minLength: 3, maxLength: 10 });
      await fc.assert(
        fc.asyncProperty(patterns, subjects, async ([head, last], given) => {
          const [round, end] = [uniqueToken(), uniqueToken()];
          const pattern = [own, round, ...head, last].join('.');
          const queue = uniqueQueue({ subjects: [pattern, end] });
          const consumer = await suite.bus.consume(queue, { maxInFlight: 100 });
          const sent = given.map((tokens) => [own, round, ...tokens].join('.'));
          await Promise.all([...sent, end].map((subject) => suite.bus.publish(subject, utf8(subject))));
          const expected = sent.filter((subject) => matches(pattern, subject));
          expect(await takeTexts(consumer, expected.length + 1)).toEqual([...expected, end]);
          await consumer.close();
        }),
        { numRuns: 20 },
      );
    });
  });
}
