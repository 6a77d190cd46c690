import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../../src/domain/errors.js';
import {
  BadSubjectError,
  BusUnavailableError,
  NoRouteError,
  PayloadTooLargeError,
} from '../../../src/domain/ports/message-bus.js';
import { next, take, text, utf8, type BusPair } from '../message-bus.js';

const sha256 = (body: Uint8Array): string => createHash('sha256').update(body).digest('hex');

/** How messages are published, and what they carry. */
export function publishCases(bus: BusPair): void {
  describe('publish', () => {
    it.each(['', '.', 'a..b', '.a', 'a.', 'a b', 'a.*', 'a.>', '>', 'ä', 'x'.repeat(300)])(
      'refuses the subject %j',
      async (subject) => {
        await expect(bus.ours.publish(subject, utf8('x'))).rejects.toThrow(BadSubjectError);
      },
    );

    it('drops what nobody receives, but tells where that was asked', async () => {
      await bus.ours.publish('no.body', utf8('x'));
      await expect(bus.ours.publish('no.body', utf8('x'), { routed: true })).rejects.toThrow(NoRouteError);
    });

    it('resolves for a routed message that a queue takes', async () => {
      await bus.theirs.ensureQueue({ name: 'kept', subjects: ['kept.*'] });
      await bus.ours.publish('kept.one', utf8('x'), { routed: true });
    });

    it.each([0, 1, 1000, 4 * 1024 * 1024])('carries %i bytes unchanged', async (size) => {
      const consumer = await bus.theirs.consume({ name: 'big', subjects: ['big'] }, { maxInFlight: 1 });
      const body = Uint8Array.from({ length: size }, (_, i) => (i * 7919) % 256);
      await bus.ours.publish('big', body);
      const delivery = await next(consumer);
      expect(delivery.body.length).toBe(size);
      expect(sha256(delivery.body)).toBe(sha256(body));
      delivery.ack();
    });

    it('refuses more than it can carry', async () => {
      const body = new Uint8Array(bus.ours.capabilities.maxPayloadBytes + 1);
      await expect(bus.ours.publish('big', body)).rejects.toThrow(PayloadTooLargeError);
    });

    it('carries headers, message id and priority', async () => {
      const consumer = await bus.theirs.consume({ name: 'q', subjects: ['q'], maxPriority: 10 }, { maxInFlight: 1 });
      const headers = { plain: 'value', 'with-dash': '1', odd: 'ä ☃ "\n\t\\', empty: '' };
      await bus.ours.publish('q', utf8('x'), { headers, messageId: 'id-1', priority: 7 });
      const delivery = await next(consumer);
      expect(delivery).toMatchObject({ headers, messageId: 'id-1', priority: 7, subject: 'q', redelivered: false });
      expect(Object.keys(delivery.headers).sort()).toEqual(Object.keys(headers).sort());
      delivery.ack();
    });

    it('refuses a priority that is none', async () => {
      await expect(bus.ours.publish('q', utf8('x'), { priority: 11 })).rejects.toThrow(InvalidInputError);
    });

    it('reaches every queue that matches', async () => {
      const consumers = await Promise.all(
        ['one', 'two'].map((name) => bus.theirs.consume({ name, subjects: ['to.*', 'to.all'] }, { maxInFlight: 1 })),
      );
      await bus.ours.publish('to.all', utf8('x'));
      for (const consumer of consumers) expect(text((await next(consumer)).body)).toBe('x');
    });

    it('keeps the order of a thousand messages that were published at once', async () => {
      const consumer = await bus.theirs.consume({ name: 'many', subjects: ['many'] }, { maxInFlight: 100 });
      const texts = Array.from({ length: 1000 }, (_, i) => String(i));
      const published = Promise.all(texts.map((one) => bus.ours.publish('many', utf8(one))));
      const received: string[] = [];
      while (received.length < texts.length) {
        const delivery = await next(consumer);
        received.push(text(delivery.body));
        delivery.ack();
      }
      await published;
      expect(received).toEqual(texts);
    });

    it('refuses after close, and closing twice is nothing', async () => {
      await bus.ours.close();
      await bus.ours.close();
      expect(bus.ours.status.kind).toBe('closed');
      await expect(bus.ours.publish('q', utf8('x'))).rejects.toThrow(BusUnavailableError);
      await expect(bus.ours.subscribe('q')).rejects.toThrow(BusUnavailableError);
      await expect(bus.ours.consume({ name: 'q', subjects: [] }, { maxInFlight: 1 })).rejects.toThrow(
        BusUnavailableError,
      );
      await expect(bus.ours.request('q', utf8('x'), { timeoutMs: 100 })).rejects.toThrow(BusUnavailableError);
      await expect(bus.ours.ensureQueue({ name: 'q', subjects: [] })).rejects.toThrow(BusUnavailableError);
    });

    it('tells of the change of its status', async () => {
      const seen: string[] = [];
      const stop = bus.ours.onStatus(({ kind }) => seen.push(kind));
      expect(bus.ours.status.kind).toBe('connected');
      await bus.ours.close();
      stop();
      expect(seen).toEqual(['closed']);
    });

    it('is received in the order of several publishers, each its own', async () => {
      const consumer = await bus.theirs.consume({ name: 'two', subjects: ['two.*'] }, { maxInFlight: 10 });
      const send = async (who: typeof bus.ours, name: string): Promise<void> => {
        for (let i = 0; i < 5; i++) await who.publish(`two.${name}`, utf8(`${name}${i}`));
      };
      await Promise.all([send(bus.ours, 'a'), send(bus.theirs, 'b')]);
      const texts = (await take(consumer, 10)).map(({ body }) => text(body));
      for (const name of ['a', 'b']) {
        expect(texts.filter((one) => one.startsWith(name))).toEqual([0, 1, 2, 3, 4].map((i) => `${name}${i}`));
      }
    });
  });
}
