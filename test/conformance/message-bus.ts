import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  BadSubjectError,
  BusUnavailableError,
  NoRouteError,
  PayloadTooLargeError,
  QueueMismatchError,
  RequestTimeoutError,
  type MessageBus,
} from '../../src/domain/ports/message-bus.js';
import { InvalidInputError } from '../../src/domain/errors.js';
import { bytes, digest, take, takeOne, takeTexts, text, uniqueQueue, uniqueToken } from '../support/messages.js';

/** Opens a connection to the broker that all tests of the suite share. */
export type OpenBus = () => Promise<MessageBus>;

/** What every MessageBus does. Subjects and queues are new in each test. */
export function messageBusConformance(openBus: OpenBus): void {
  let opened: MessageBus[] = [];
  let bus: MessageBus;
  const another = async (): Promise<MessageBus> => {
    const more = await openBus();
    opened.push(more);
    return more;
  };

  beforeEach(async () => {
    bus = await another();
  });
  afterEach(async () => {
    await Promise.all(opened.map((each) => each.close()));
    opened = [];
  });

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
      const subscription = await bus.subscribe(`${own}.${pattern}`);
      const end = uniqueQueue();
      const ended = await bus.subscribe(end.subject);
      const queue = uniqueQueue({ subjects: [`${own}.${pattern}`, end.subject] });
      const consumer = await bus.consume(queue, { maxInFlight: 100 });
      for (const subject of [...missed, ...reached]) await bus.publish(`${own}.${subject}`, bytes(subject));
      await bus.publish(end.subject, bytes('end'));
      expect(await takeTexts(consumer, reached.length + 1)).toEqual([...reached, 'end']);
      expect((await take(subscription, reached.length)).map((m) => m.subject)).toEqual(
        reached.map((subject) => `${own}.${subject}`),
      );
      await takeOne(ended);
    });

    it.each(['', '.', 'a..b', '.a', 'a.', 'a b', 'a.*', '>', 'a.>', 'ä', 'a\u0000', '#', 'a'.repeat(201)])(
      '%j cannot be published to',
      async (subject) => {
        await expect(bus.publish(subject, bytes('x'))).rejects.toThrow(BadSubjectError);
        await expect(bus.request(subject, bytes('x'), { timeoutMs: 1000 })).rejects.toThrow(BadSubjectError);
      },
    );

    it.each(['', 'a..b', 'a.>.b', '>.a', 'a*', '#', 'a.#', 'a b'])('%j is no pattern', async (pattern) => {
      await expect(bus.subscribe(pattern)).rejects.toThrow(BadSubjectError);
      await expect(bus.ensureQueue(uniqueQueue({ subjects: [pattern] }))).rejects.toThrow(BadSubjectError);
      await expect(bus.consume(uniqueQueue({ subjects: [pattern] }), { maxInFlight: 1 })).rejects.toThrow(
        BadSubjectError,
      );
    });

    it('match in every transport as the rule says', async () => {
      const own = uniqueToken();
      const token = fc.constantFrom('a', 'b');
      const wildcard = fc.oneof(token, fc.constant('*'));
      const patterns = fc.tuple(fc.array(wildcard, { maxLength: 3 }), fc.oneof(wildcard, fc.constant('>')));
      const subjects = fc.array(fc.array(token, { minLength: 1, maxLength: 4 }), { minLength: 3, maxLength: 10 });
      const { matches } = await import('../../src/domain/subjects.js');
      await fc.assert(
        fc.asyncProperty(patterns, subjects, async ([head, last], given) => {
          const [round, end] = [uniqueToken(), uniqueToken()];
          const pattern = [own, round, ...head, last].join('.');
          const queue = uniqueQueue({ subjects: [pattern, end] });
          const consumer = await bus.consume(queue, { maxInFlight: 100 });
          const sent = given.map((tokens) => [own, round, ...tokens].join('.'));
          await Promise.all([...sent, end].map((subject) => bus.publish(subject, bytes(subject))));
          const expected = sent.filter((subject) => matches(pattern, subject));
          expect(await takeTexts(consumer, expected.length + 1)).toEqual([...expected, end]);
          await consumer.close();
        }),
        { numRuns: 20 },
      );
    });
  });

  describe('a subscription', () => {
    it('gets what is published while it stands, from any connection, in order', async () => {
      const subject = uniqueToken();
      await bus.publish(subject, bytes('too early'));
      const subscription = await bus.subscribe(subject);
      const sender = await another();
      await sender.publish(subject, bytes('1'));
      await bus.publish(subject, bytes('2'));
      expect((await take(subscription, 2)).map(text)).toEqual(['1', '2']);
    });

    it('shares with none but its group: each message goes to one of a group, and to all others', async () => {
      const subject = uniqueToken();
      const alone = [await bus.subscribe(subject), await (await another()).subscribe(subject)];
      const members = [
        await bus.subscribe(subject, { group: 'g' }),
        await (await another()).subscribe(subject, { group: 'g' }),
      ];
      const other = await bus.subscribe(subject, { group: 'h' });
      const seen: string[][] = [[], []];
      const reading = members.map(async (member, index) => {
        for await (const message of member) seen[index]?.push(text(message));
      });
      const sent = Array.from({ length: 20 }, (_, index) => `${index}`);
      for (const body of sent) await bus.publish(subject, bytes(body));
      for (const subscription of [...alone, other]) expect((await take(subscription, 20)).map(text)).toEqual(sent);
      await expect.poll(() => seen.flat().length).toBe(20);
      expect(seen.flat().sort()).toEqual([...sent].sort());
      expect(Math.min(...seen.map((each) => each.length))).toBeGreaterThan(0);
      await Promise.all(members.map((member) => member.close()));
      await Promise.all(reading);
    });

    it('refuses a group that is not one token', async () => {
      await expect(bus.subscribe(uniqueToken(), { group: 'a.b' })).rejects.toThrow(BadSubjectError);
    });

    it('ends when it is closed', async () => {
      const subscription = await bus.subscribe(uniqueToken());
      const next = subscription[Symbol.asyncIterator]().next();
      await subscription.close();
      expect((await next).done).toBe(true);
      expect((await subscription[Symbol.asyncIterator]().next()).done).toBe(true);
    });

    it('ends when its signal aborts, even before it began', async () => {
      const controller = new AbortController();
      const { signal } = controller;
      const subscription = await bus.subscribe(uniqueToken(), { signal });
      const next = subscription[Symbol.asyncIterator]().next();
      controller.abort();
      expect((await next).done).toBe(true);
      const late = await bus.subscribe(uniqueToken(), { signal });
      expect((await late[Symbol.asyncIterator]().next()).done).toBe(true);
    });

    it('ends when the bus closes', async () => {
      const subscription = await bus.subscribe(uniqueToken());
      const next = subscription[Symbol.asyncIterator]().next();
      await bus.close();
      expect((await next).done).toBe(true);
    });

    it('is closed by leaving a loop over it', async () => {
      const subject = uniqueToken();
      const subscription = await bus.subscribe(subject);
      await bus.publish(subject, bytes('1'));
      for await (const message of subscription) {
        expect(text(message)).toBe('1');
        break;
      }
      await expect(bus.publish(subject, bytes('2'), { routed: true })).rejects.toThrow(NoRouteError);
    });
  });

  describe('a durable queue', () => {
    it('keeps messages until somebody takes them, in order', async () => {
      const queue = uniqueQueue();
      await bus.ensureQueue(queue);
      await bus.ensureQueue(queue);
      const sent = Array.from({ length: 10 }, (_, index) => `${index}`);
      for (const body of sent) await bus.publish(queue.subject, bytes(body));
      const consumer = await (await another()).consume(queue, { maxInFlight: 3 });
      expect(await takeTexts(consumer, 10)).toEqual(sent);
    });

    it('gets a thousand messages that are published without waiting, in order', async () => {
      const queue = uniqueQueue();
      const consumer = await bus.consume(queue, { maxInFlight: 100 });
      const sent = Array.from({ length: 1000 }, (_, index) => `${index}`);
      const publishing = Promise.all(sent.map((body) => bus.publish(queue.subject, bytes(body))));
      const received: string[] = [];
      for await (const delivery of consumer) {
        delivery.ack();
        if (received.push(text(delivery)) === sent.length) break;
      }
      await publishing;
      expect(received).toEqual(sent);
    });

    it('is not the only one: each queue with the subject gets the message', async () => {
      const subject = uniqueToken();
      const queues = [uniqueQueue({ subjects: [subject] }), uniqueQueue({ subjects: [subject, `${subject}.>`] })];
      for (const queue of queues) await bus.ensureQueue(queue);
      await bus.publish(subject, bytes('both'));
      for (const queue of queues) {
        const consumer = await bus.consume(queue, { maxInFlight: 1 });
        expect(await takeTexts(consumer, 1)).toEqual(['both']);
      }
    });

    it('gets a message once, however many of its subjects match', async () => {
      const own = uniqueToken();
      const queue = uniqueQueue({ subjects: [`${own}.a`, `${own}.*`, `${own}.>`] });
      const consumer = await bus.consume(queue, { maxInFlight: 10 });
      await bus.publish(`${own}.a`, bytes('1'));
      await bus.publish(`${own}.b`, bytes('2'));
      expect(await takeTexts(consumer, 2)).toEqual(['1', '2']);
    });

    it('can be given more subjects', async () => {
      const queue = uniqueQueue();
      const more = uniqueToken();
      await bus.ensureQueue(queue);
      await bus.ensureQueue({ ...queue, subjects: [more] });
      await bus.publish(queue.subject, bytes('1'));
      await bus.publish(more, bytes('2'));
      expect(await takeTexts(await bus.consume(queue, { maxInFlight: 10 }), 2)).toEqual(['1', '2']);
    });

    it('cannot change its priorities', async () => {
      const queue = uniqueQueue({ maxPriority: 10 });
      await bus.ensureQueue(queue);
      const other = uniqueQueue({ name: queue.name });
      await expect(bus.ensureQueue(other)).rejects.toThrow(QueueMismatchError);
      await expect(bus.consume(other, { maxInFlight: 1 })).rejects.toThrow(queue.name);
      await bus.ensureQueue(queue);
    });

    it('shares its messages among its consumers', async () => {
      const queue = uniqueQueue();
      const consumers = [
        await bus.consume(queue, { maxInFlight: 1 }),
        await (await another()).consume(queue, { maxInFlight: 1 }),
      ];
      await bus.publish(queue.subject, bytes('1'));
      await bus.publish(queue.subject, bytes('2'));
      // With one in flight each, neither can have taken both.
      const taken = await Promise.all(consumers.map((consumer) => takeOne(consumer)));
      expect(taken.map(text).sort()).toEqual(['1', '2']);
    });

    it('hands out the highest priority first, and the oldest first within one', async () => {
      const queue = uniqueQueue({ maxPriority: 10 });
      await bus.ensureQueue(queue);
      const sent = [5, 0, 10, 5, 1, 10, 0].map((priority, index) => ({ priority, body: `${priority}-${index}` }));
      for (const { priority, body } of sent) await bus.publish(queue.subject, bytes(body), { priority });
      const consumer = await bus.consume(queue, { maxInFlight: 1 });
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
      await bus.ensureQueue(queue);
      for (const priority of [0, 10, 5]) await bus.publish(queue.subject, bytes(`${priority}`), { priority });
      expect(await takeTexts(await bus.consume(queue, { maxInFlight: 1 }), 1)).toEqual(['0']);
    });
  });

  describe('a delivery', () => {
    it('that is acknowledged does not come again', async () => {
      const queue = uniqueQueue();
      const first = await bus.consume(queue, { maxInFlight: 1 });
      await bus.publish(queue.subject, bytes('1'));
      const delivery = await takeOne(first);
      expect(delivery.redelivered).toBe(false);
      delivery.ack();
      await bus.close();
      const later = await another();
      await later.publish(queue.subject, bytes('2'));
      expect(await takeTexts(await later.consume(queue, { maxInFlight: 1 }), 1)).toEqual(['2']);
    });

    it('that is refused for now comes again, marked, before what is younger', async () => {
      const queue = uniqueQueue();
      const consumer = await bus.consume(queue, { maxInFlight: 1 });
      await bus.publish(queue.subject, bytes('1'));
      await bus.publish(queue.subject, bytes('2'));
      (await takeOne(consumer)).nak();
      const again = await takeOne(consumer);
      expect([text(again), again.redelivered]).toEqual(['1', true]);
      again.ack();
      const next = await takeOne(consumer);
      expect([text(next), next.redelivered]).toEqual(['2', false]);
    });

    it('that is refused with a delay comes again after it, and what follows does not wait for it', async () => {
      const queue = uniqueQueue();
      const consumer = await bus.consume(queue, { maxInFlight: 2 });
      await bus.publish(queue.subject, bytes('1'));
      await bus.publish(queue.subject, bytes('2'));
      const refusedAt = performance.now();
      (await takeOne(consumer)).nak(300);
      expect(text(await takeOne(consumer))).toBe('2');
      const again = await takeOne(consumer);
      expect([text(again), again.redelivered]).toEqual(['1', true]);
      // A timer may be a millisecond early.
      expect(performance.now() - refusedAt).toBeGreaterThanOrEqual(299);
    });

    it('that is refused for ever does not come again', async () => {
      const queue = uniqueQueue();
      const consumer = await bus.consume(queue, { maxInFlight: 1 });
      await bus.publish(queue.subject, bytes('1'));
      (await takeOne(consumer)).term();
      await bus.publish(queue.subject, bytes('2'));
      expect(text(await takeOne(consumer))).toBe('2');
    });

    it('ends once: what comes after does nothing', async () => {
      const queue = uniqueQueue();
      const consumer = await bus.consume(queue, { maxInFlight: 1 });
      await bus.publish(queue.subject, bytes('1'));
      await bus.publish(queue.subject, bytes('2'));
      const first = await takeOne(consumer);
      first.working();
      first.ack();
      first.nak();
      first.ack();
      first.term();
      const second = await takeOne(consumer);
      expect(text(second)).toBe('2');
      second.nak(1);
      second.ack();
      second.term();
      expect(text(await takeOne(consumer))).toBe('2');
    });

    it('is not followed by more than may be in flight', async () => {
      const queue = uniqueQueue();
      await bus.ensureQueue(queue);
      for (let index = 0; index < 5; index++) await bus.publish(queue.subject, bytes(`${index}`));
      const consumer = await bus.consume(queue, { maxInFlight: 2 });
      const other = await (await another()).consume(queue, { maxInFlight: 10 });
      // The first consumer holds two and the other gets the rest, so that a third for the first cannot exist.
      const held = await take(consumer, 2);
      const rest = await take(other, 3);
      expect([...held, ...rest].map(text).sort()).toEqual(['0', '1', '2', '3', '4']);
      const next = takeOne(consumer);
      held[0]!.ack();
      await bus.publish(queue.subject, bytes('5'));
      const fifth = await Promise.race([next, takeOne(other)]);
      expect(text(fifth)).toBe('5');
    });

    it('that was not handed out goes back when its consumer closes; one that was can still be acknowledged', async () => {
      const queue = uniqueQueue();
      const consumer = await bus.consume(queue, { maxInFlight: 10 });
      for (const body of ['1', '2', '3']) await bus.publish(queue.subject, bytes(body));
      const handedOut = await takeOne(consumer);
      await consumer.close();
      expect((await consumer[Symbol.asyncIterator]().next()).done).toBe(true);
      const second = await bus.consume(queue, { maxInFlight: 10 });
      expect((await take(second, 2)).map(text)).toEqual(['2', '3']);
      handedOut.ack();
      await bus.close();
      const later = await another();
      expect(await takeTexts(await later.consume(queue, { maxInFlight: 10 }), 2)).toEqual(['2', '3']);
    });

    it('that was not acknowledged comes again, marked, when its bus closes', async () => {
      const queue = uniqueQueue();
      const crashing = await another();
      const consumer = await crashing.consume(queue, { maxInFlight: 10 });
      for (const body of ['1', '2', '3']) await bus.publish(queue.subject, bytes(body));
      const [first, second] = await take(consumer, 3);
      first!.ack();
      second!.nak(60_000);
      await crashing.close();
      const again = await take(await bus.consume(queue, { maxInFlight: 10 }), 2);
      expect(again.map((delivery) => [text(delivery), delivery.redelivered])).toEqual([
        ['2', true],
        ['3', true],
      ]);
    });

    it('leaves its consumer by leaving the loop, and the rest goes back', async () => {
      const queue = uniqueQueue();
      const consumer = await bus.consume(queue, { maxInFlight: 10 });
      for (const body of ['1', '2']) await bus.publish(queue.subject, bytes(body));
      for await (const delivery of consumer) {
        delivery.ack();
        break;
      }
      expect(await takeTexts(await bus.consume(queue, { maxInFlight: 1 }), 1)).toEqual(['2']);
    });
  });

  describe('an exclusive consumer', () => {
    it('gets all, and another takes over when it closes', async () => {
      const queue = uniqueQueue();
      const first = await bus.consume(queue, { maxInFlight: 10, exclusive: true });
      const standby = await (await another()).consume(queue, { maxInFlight: 10, exclusive: true });
      const waiting = takeOne(standby);
      for (const body of ['1', '2', '3']) await bus.publish(queue.subject, bytes(body));
      expect((await take(first, 3)).map(text)).toEqual(['1', '2', '3']);
      await bus.close();
      const delivery = await waiting;
      expect([text(delivery), delivery.redelivered]).toEqual(['1', true]);
    });

    it('keeps others waiting who are not exclusive, and waits for them', async () => {
      const queue = uniqueQueue();
      const first = await bus.consume(queue, { maxInFlight: 10, exclusive: true });
      const shared = await (await another()).consume(queue, { maxInFlight: 10 });
      const waiting = takeOne(shared);
      await bus.publish(queue.subject, bytes('1'));
      expect(await takeTexts(first, 1)).toEqual(['1']);
      await first.close();
      await bus.publish(queue.subject, bytes('2'));
      expect(text(await waiting)).toBe('2');
      const third = await bus.consume(queue, { maxInFlight: 10, exclusive: true });
      const thirdWaits = takeOne(third);
      await bus.publish(queue.subject, bytes('3'));
      expect(text(await takeOne(shared))).toBe('3');
      await shared.close();
      await bus.publish(queue.subject, bytes('4'));
      expect(text(await thirdWaits)).toBe('4');
    });

    it('can stop waiting', async () => {
      const queue = uniqueQueue();
      await bus.consume(queue, { maxInFlight: 1, exclusive: true });
      const standby = await (await another()).consume(queue, { maxInFlight: 1, exclusive: true });
      const waiting = standby[Symbol.asyncIterator]().next();
      await standby.close();
      expect((await waiting).done).toBe(true);
    });
  });

  describe('a request', () => {
    it('is answered by a subscription', async () => {
      const subject = uniqueToken();
      const server = await another();
      const subscription = await server.subscribe(subject);
      const replying = takeOne(subscription).then(async (message) => {
        expect([message.subject, text(message), message.headers, message.messageId]).toEqual([
          subject,
          'question',
          { a: 'b' },
          'id-1',
        ]);
        await message.respond(bytes('answer'), { c: 'd' });
      });
      const options = { timeoutMs: 10_000, headers: { a: 'b' }, messageId: 'id-1' };
      const reply = await bus.request(subject, bytes('question'), options);
      await replying;
      expect([reply.subject, text(reply), reply.headers]).toEqual([subject, 'answer', { c: 'd' }]);
    });

    it('is answered from a durable queue; many at once each get their own answer', async () => {
      const queue = uniqueQueue();
      const consumer = await (await another()).consume(queue, { maxInFlight: 100 });
      const serving = (async () => {
        for await (const delivery of consumer) {
          await delivery.respond(bytes(`${text(delivery)}!`));
          delivery.ack();
        }
      })();
      const asked = Array.from({ length: 50 }, (_, index) => `${index}`);
      const replies = await Promise.all(
        asked.map((body) => bus.request(queue.subject, bytes(body), { timeoutMs: 10_000 })),
      );
      expect(replies.map(text)).toEqual(asked.map((body) => `${body}!`));
      await consumer.close();
      await serving;
    });

    it('that nobody takes is refused at once', async () => {
      await expect(bus.request(uniqueToken(), bytes('x'), { timeoutMs: 10_000 })).rejects.toThrow(NoRouteError);
    });

    it('that is not answered in time is given up, and gone from the queue', async () => {
      const queue = uniqueQueue();
      await bus.ensureQueue(queue);
      const began = performance.now();
      await expect(bus.request(queue.subject, bytes('too late'), { timeoutMs: 300 })).rejects.toThrow(
        RequestTimeoutError,
      );
      expect(performance.now() - began).toBeGreaterThanOrEqual(299);
      await bus.publish(queue.subject, bytes('after it'));
      expect(await takeTexts(await bus.consume(queue, { maxInFlight: 10 }), 1)).toEqual(['after it']);
    });

    it('that expired in the hands of a slow consumer is not handed out', async () => {
      const queue = uniqueQueue();
      const consumer = await bus.consume(queue, { maxInFlight: 10 });
      await expect(bus.request(queue.subject, bytes('too late'), { timeoutMs: 300 })).rejects.toThrow(
        RequestTimeoutError,
      );
      await bus.publish(queue.subject, bytes('after it'));
      expect(await takeTexts(consumer, 1)).toEqual(['after it']);
    });

    it('takes the first answer; later ones and late ones do nothing', async () => {
      const subject = uniqueToken();
      const subscription = await bus.subscribe(subject);
      const asking = bus.request(subject, bytes('x'), { timeoutMs: 10_000 });
      const message = await takeOne(subscription);
      await message.respond(bytes('1'));
      await message.respond(bytes('2'));
      expect(text(await asking)).toBe('1');
      const late = bus.request(subject, bytes('y'), { timeoutMs: 200 });
      const unanswered = await takeOne(subscription);
      await expect(late).rejects.toThrow(RequestTimeoutError);
      await unanswered.respond(bytes('3'));
      const next = bus.request(subject, bytes('z'), { timeoutMs: 10_000 });
      await (await takeOne(subscription)).respond(bytes('4'));
      expect(text(await next)).toBe('4');
    });

    it('ends with the bus', async () => {
      const queue = uniqueQueue();
      await bus.ensureQueue(queue);
      const asking = bus.request(queue.subject, bytes('x'), { timeoutMs: 60_000 });
      const refused = expect(asking).rejects.toThrow(BusUnavailableError);
      await bus.close();
      await refused;
    });

    it('is not what respond answers to where nobody asked', async () => {
      const subject = uniqueToken();
      const subscription = await bus.subscribe(subject);
      await bus.publish(subject, bytes('x'));
      await (await takeOne(subscription)).respond(bytes('y'));
    });
  });

  describe('a message', () => {
    it.each([0, 1, 2047, 2048, 131_064, 4 * 1024 * 1024])('of %i bytes arrives whole', async (size) => {
      const queue = uniqueQueue();
      const consumer = await bus.consume(queue, { maxInFlight: 1 });
      const body = randomBytes(size);
      await bus.publish(queue.subject, body);
      const delivery = await takeOne(consumer);
      expect(delivery.body.length).toBe(size);
      expect(digest(delivery.body)).toBe(digest(body));
    });

    it('may be a view into a larger buffer, which its sender may use again', async () => {
      const queue = uniqueQueue();
      const consumer = await bus.consume(queue, { maxInFlight: 1 });
      const large = new Uint8Array([1, 2, 3, 4, 5]);
      await bus.publish(queue.subject, large.subarray(1, 4));
      large.fill(9);
      expect([...(await takeOne(consumer)).body]).toEqual([2, 3, 4]);
    });

    it('above the limit is refused', async () => {
      const { maxPayloadBytes } = bus.capabilities;
      expect(maxPayloadBytes).toBeGreaterThanOrEqual(4 * 1024 * 1024);
      const body = new Uint8Array(maxPayloadBytes + 1);
      await expect(bus.publish(uniqueToken(), body)).rejects.toThrow(PayloadTooLargeError);
    });

    it('keeps its id, its priority and odd headers', async () => {
      const queue = uniqueQueue({ maxPriority: 10 });
      const consumer = await bus.consume(queue, { maxInFlight: 1 });
      const headers = {
        plain: 'x',
        empty: '',
        'Größe / naïve': '𝒳 – ü\u0000\n\t"\\',
        ' ': ' ',
        constructor: 'toString',
        long: 'y'.repeat(20_000),
      };
      await bus.publish(queue.subject, bytes('x'), { headers, messageId: 'ü-1', priority: 7 });
      const delivery = await takeOne(consumer);
      expect([delivery.headers, delivery.messageId, delivery.priority]).toEqual([headers, 'ü-1', 7]);
    });

    it('keeps any headers', async () => {
      const queue = uniqueQueue();
      const consumer = await bus.consume(queue, { maxInFlight: 1 });
      const name = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }).filter((text) => text !== '__proto__');
      const value = fc.string({ maxLength: 40, unit: 'binary' }).filter((text) => text.isWellFormed());
      await fc.assert(
        fc.asyncProperty(fc.dictionary(name, value, { noNullPrototype: true, maxKeys: 5 }), async (headers) => {
          await bus.publish(queue.subject, bytes('x'), { headers });
          const delivery = await takeOne(consumer);
          delivery.ack();
          expect(delivery.headers).toEqual(headers);
        }),
        { numRuns: 50 },
      );
    });

    it('without them has none', async () => {
      const queue = uniqueQueue();
      const consumer = await bus.consume(queue, { maxInFlight: 1 });
      await bus.publish(queue.subject, bytes('x'));
      const delivery = await takeOne(consumer);
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
      await expect(bus.publish(uniqueToken(), bytes('x'), options)).rejects.toThrow(InvalidInputError);
    });

    it('that nothing receives is dropped, or refused where that is asked for', async () => {
      const subject = uniqueToken();
      await bus.publish(subject, bytes('x'));
      await expect(bus.publish(subject, bytes('x'), { routed: true })).rejects.toThrow(NoRouteError);
      await bus.ensureQueue(uniqueQueue({ subjects: [subject] }));
      await bus.publish(subject, bytes('x'), { routed: true });
      await expect(bus.publish(`${subject}.x`, bytes('x'), { routed: true })).rejects.toThrow(NoRouteError);
    });

    it('that is routed is told apart from others sent at the same time', async () => {
      const queue = uniqueQueue();
      await bus.ensureQueue(queue);
      const sent = Array.from({ length: 100 }, (_, index) => (index % 3 === 0 ? uniqueToken() : queue.subject));
      const outcomes = await Promise.allSettled(
        sent.map((subject) => bus.publish(subject, bytes('x'), { routed: true })),
      );
      expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual(
        sent.map((subject) => subject === queue.subject),
      );
    });
  });

  describe('a bus', () => {
    it('that is open is connected', () => {
      expect(bus.status).toEqual({ kind: 'connected' });
    });

    it('that closes says so, and takes nothing more', async () => {
      const seen: string[] = [];
      bus.onStatus((status) => seen.push(status.kind));
      const stop = bus.onStatus(() => seen.push('not called'));
      stop();
      const queue = uniqueQueue();
      await bus.close();
      await bus.close();
      expect(seen).toEqual(['closed']);
      expect(bus.status.kind).toBe('closed');
      await expect(bus.publish(queue.subject, bytes('x'))).rejects.toThrow(BusUnavailableError);
      await expect(bus.ensureQueue(queue)).rejects.toThrow(BusUnavailableError);
      await expect(bus.subscribe(queue.subject)).rejects.toThrow(BusUnavailableError);
      await expect(bus.consume(queue, { maxInFlight: 1 })).rejects.toThrow(BusUnavailableError);
      await expect(bus.request(queue.subject, bytes('x'), { timeoutMs: 1000 })).rejects.toThrow(BusUnavailableError);
    });

    it('lets what is under way end as it closes', async () => {
      const queue = uniqueQueue();
      await bus.ensureQueue(queue);
      const sent = Array.from({ length: 100 }, (_, index) => `${index}`);
      const publishing = Promise.all(sent.map((body) => bus.publish(queue.subject, bytes(body))));
      await bus.close();
      await publishing;
      const consumer = await (await another()).consume(queue, { maxInFlight: 100 });
      expect(await takeTexts(consumer, 100)).toEqual(sent);
    });

    it('ends its consumers as it closes', async () => {
      const consumer = await bus.consume(uniqueQueue(), { maxInFlight: 1 });
      const next = consumer[Symbol.asyncIterator]().next();
      await bus.close();
      expect((await next).done).toBe(true);
    });
  });
}
