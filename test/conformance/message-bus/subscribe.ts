import { describe, expect, it } from 'vitest';
import { BadSubjectError, NoRouteError } from '../../../src/domain/ports/message-bus.js';
import { take, text, uniqueToken, utf8 } from '../../support/messages.js';
import { type BusSuite } from '../message-bus.js';

/** Core NATS: whoever listens now. */
export function subscriptionCases(suite: BusSuite): void {
  describe('a subscription', () => {
    it('gets what is published while it stands, from any connection, in order', async () => {
      const subject = uniqueToken();
      await suite.bus.publish(subject, utf8('too early'));
      const subscription = await suite.bus.subscribe(subject);
      const sender = await suite.another();
      await sender.publish(subject, utf8('1'));
      await suite.bus.publish(subject, utf8('2'));
      expect((await take(subscription, 2)).map(text)).toEqual(['1', '2']);
    });

    it('shares with none but its group: each message goes to one of a group, and to all others', async () => {
      const subject = uniqueToken();
      const alone = [await suite.bus.subscribe(subject), await (await suite.another()).subscribe(subject)];
      const members = [
        await suite.bus.subscribe(subject, { group: 'g' }),
        await (await suite.another()).subscribe(subject, { group: 'g' }),
      ];
      const other = await suite.bus.subscribe(subject, { group: 'h' });
      const seen: string[][] = [[], []];
      const reading = members.map(async (member, index) => {
        for await (const message of member) seen[index]?.push(text(message));
      });
      const sent = Array.from({ length: 20 }, (_, index) => `${index}`);
      for (const body of sent) await suite.bus.publish(subject, utf8(body));
      for (const subscription of [...alone, other]) expect((await take(subscription, 20)).map(text)).toEqual(sent);
      await expect.poll(() => seen.flat().length).toBe(20);
      expect(seen.flat().sort()).toEqual([...sent].sort());
      expect(Math.min(...seen.map((each) => each.length))).toBeGreaterThan(0);
      await Promise.all(members.map((member) => member.close()));
      await Promise.all(reading);
    });

    it('refuses a group that is not one token', async () => {
      await expect(suite.bus.subscribe(uniqueToken(), { group: 'a.b' })).rejects.toThrow(BadSubjectError);
    });

    it('ends when it is closed', async () => {
      const subscription = await suite.bus.subscribe(uniqueToken());
      const upcoming = subscription[Symbol.asyncIterator]().next();
      await subscription.close();
      expect((await upcoming).done).toBe(true);
      expect((await subscription[Symbol.asyncIterator]().next()).done).toBe(true);
    });

    it('ends when its signal aborts, even before it began', async () => {
      const controller = new AbortController();
      const { signal } = controller;
      const subscription = await suite.bus.subscribe(uniqueToken(), { signal });
      const upcoming = subscription[Symbol.asyncIterator]().next();
      controller.abort();
      expect((await upcoming).done).toBe(true);
      const late = await suite.bus.subscribe(uniqueToken(), { signal });
      expect((await late[Symbol.asyncIterator]().next()).done).toBe(true);
    });

    it('ends when the bus closes', async () => {
      const subscription = await suite.bus.subscribe(uniqueToken());
      const upcoming = subscription[Symbol.asyncIterator]().next();
      await suite.bus.close();
      expect((await upcoming).done).toBe(true);
    });

    it('is closed by leaving a loop over it', async () => {
      const subject = uniqueToken();
      const subscription = await suite.bus.subscribe(subject);
      await suite.bus.publish(subject, utf8('1'));
      for await (const message of subscription) {
        expect(text(message)).toBe('1');
        break;
      }
      await expect(suite.bus.publish(subject, utf8('2'), { routed: true })).rejects.toThrow(NoRouteError);
    });
  });
}
