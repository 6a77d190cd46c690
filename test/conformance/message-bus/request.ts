import { describe, expect, it } from 'vitest';
import { NoRouteError, RequestTimeoutError, type DurableQueue } from '../../../src/domain/ports/message-bus.js';
import { next, text, utf8, type BusPair } from '../message-bus.js';

const QUEUE: DurableQueue = { name: 'desk', subjects: ['desk'] };
const SOON = { timeoutMs: 300 };
const PATIENT = { timeoutMs: 10_000 };

/** Request and reply. */
export function requestCases(bus: BusPair): void {
  describe('request', () => {
    it('is answered by a consumer of a durable queue', async () => {
      const consumer = await bus.theirs.consume(QUEUE, { maxInFlight: 1 });
      const reply = bus.ours.request('desk', utf8('ping'), { ...PATIENT, headers: { from: 'us' }, messageId: 'm' });
      const delivery = await next(consumer);
      expect(delivery).toMatchObject({ headers: { from: 'us' }, messageId: 'm' });
      await delivery.respond(utf8('pong'), { to: 'you' });
      delivery.ack();
      expect(text((await reply).body)).toBe('pong');
      expect((await reply).headers).toMatchObject({ to: 'you' });
    });

    it('is answered by a subscription', async () => {
      const subscription = await bus.theirs.subscribe('ask.*');
      const reply = bus.ours.request('ask.me', utf8('?'), PATIENT);
      await (await next(subscription)).respond(utf8('!'));
      expect(text((await reply).body)).toBe('!');
    });

    it('gets its own answer among many', async () => {
      const consumer = await bus.theirs.consume(QUEUE, { maxInFlight: 50 });
      const replies = Promise.all(
        Array.from({ length: 50 }, (_, i) => bus.ours.request('desk', utf8(String(i)), PATIENT)),
      );
      const waiting = [];
      for (let i = 0; i < 50; i++) waiting.push(await next(consumer));
      for (const delivery of waiting.reverse()) {
        await delivery.respond(utf8(`re ${text(delivery.body)}`));
        delivery.ack();
      }
      expect((await replies).map(({ body }) => text(body))).toEqual(Array.from({ length: 50 }, (_, i) => `re ${i}`));
    });

    it('fails where nobody takes such requests', async () => {
      await expect(bus.ours.request('nobody.home', utf8('?'), PATIENT)).rejects.toThrow(NoRouteError);
    });

    it('gives up after its time, and is then not left behind', async () => {
      await bus.theirs.ensureQueue(QUEUE);
      await expect(bus.ours.request('desk', utf8('too late'), SOON)).rejects.toThrow(RequestTimeoutError);
      const consumer = await bus.theirs.consume(QUEUE, { maxInFlight: 1 });
      await bus.ours.publish('desk', utf8('in time'));
      const delivery = await next(consumer);
      expect(text(delivery.body)).toBe('in time');
      delivery.ack();
    });

    it('that nobody made is answered into the void', async () => {
      const consumer = await bus.theirs.consume(QUEUE, { maxInFlight: 1 });
      await bus.ours.publish('desk', utf8('no reply, please'));
      const delivery = await next(consumer);
      await delivery.respond(utf8('ignored'));
      delivery.ack();
    });

    it('whose answer comes too late is no harm to who answers', async () => {
      const consumer = await bus.theirs.consume(QUEUE, { maxInFlight: 1 });
      const failed = expect(bus.ours.request('desk', utf8('?'), SOON)).rejects.toThrow(RequestTimeoutError);
      const delivery = await next(consumer);
      await failed;
      await delivery.respond(utf8('late'));
      delivery.ack();
    });
  });
}
