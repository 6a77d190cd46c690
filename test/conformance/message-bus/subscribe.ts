import { describe, expect, it } from 'vitest';
import { BadSubjectError, type Subscription } from '../../../src/domain/ports/message-bus.js';
import { next, take, text, utf8, type BusPair } from '../message-bus.js';

/** Publishes to each subject, then an end mark that every pattern of the cases is subscribed to; gives what came before it. */
async function received(bus: BusPair, pattern: string, subjects: readonly string[]): Promise<string[]> {
  const subscription = await bus.theirs.subscribe(pattern);
  for (const subject of subjects) await bus.ours.publish(subject, utf8('x'));
  const matching = subjects.length;
  const got: string[] = [];
  // The last of `subjects` always matches: after it nothing more can come.
  while (got.at(-1) !== subjects[matching - 1]) got.push((await next(subscription)).subject);
  await subscription.close();
  return got;
}

/** Core NATS: whoever listens now. */
export function subscribeCases(bus: BusPair): void {
  describe('subscribe', () => {
    it.each([
      ['a.b', ['a', 'a.b.c', 'b.a', 'ab', 'a.b'], ['a.b']],
      ['a.*', ['a', 'b.a', 'a.b.c', 'a.b', 'a.c'], ['a.b', 'a.c']],
      ['*.b', ['b', 'a.a.b', 'a.b', 'c.b'], ['a.b', 'c.b']],
      ['*', ['a.b', 'a', 'b'], ['a', 'b']],
      ['a.>', ['a', 'b.a', 'a.b', 'a.b.c', 'a.b.c.d'], ['a.b', 'a.b.c', 'a.b.c.d']],
      ['>', ['a', 'a.b', 'a.b.c'], ['a', 'a.b', 'a.b.c']],
      ['a.*.c', ['a.c', 'a.b.b.c', 'a.b.c'], ['a.b.c']],
      ['a.*.>', ['a.b', 'a', 'a.b.c', 'a.b.c.d'], ['a.b.c', 'a.b.c.d']],
    ])('to %s receives what matches and nothing else', async (pattern, subjects, expected) => {
      expect(await received(bus, pattern, subjects)).toEqual(expected);
    });

    it.each(['', 'a..b', 'a.>.b', '>.a', 'a*', 'a.b>', 'a b'])('refuses the pattern %j', async (pattern) => {
      await expect(bus.ours.subscribe(pattern)).rejects.toThrow(BadSubjectError);
    });

    it('gives a message to every subscription, but to one of a group', async () => {
      const alone = await bus.theirs.subscribe('news');
      const members = await Promise.all(
        [bus.ours, bus.theirs].map((one) => one.subscribe('news', { group: 'readers' })),
      );
      for (let i = 0; i < 20; i++) await bus.ours.publish('news', utf8(String(i)));
      expect((await take(alone, 20)).map(({ body }) => Number(text(body)))).toEqual([...Array(20).keys()]);
      const shares = members.map(async (member) => {
        const share: number[] = [];
        for await (const { body } of member) share.push(Number(text(body)));
        return share;
      });
      // Both are drained before they are closed: a reader of their own tells when nothing is left.
      const last = await bus.theirs.subscribe('last');
      await bus.ours.publish('last', utf8('x'));
      await next(last);
      await Promise.all(members.map((member) => member.close()));
      const all = (await Promise.all(shares)).flat();
      expect(new Set(all).size).toBe(all.length);
    });

    it('receives nothing that was published before', async () => {
      await bus.ours.publish('late', utf8('before'));
      const subscription = await bus.theirs.subscribe('late');
      await bus.ours.publish('late', utf8('after'));
      expect(text((await next(subscription)).body)).toBe('after');
    });

    const over = async (subscription: Subscription): Promise<boolean> =>
      (await subscription[Symbol.asyncIterator]().next()).done === true;

    it('is over when it is closed', async () => {
      const subscription = await bus.ours.subscribe('a');
      const waiting = over(subscription);
      await subscription.close();
      expect(await waiting).toBe(true);
    });

    it('is over when its signal aborts, before or after', async () => {
      const abort = new AbortController();
      const subscription = await bus.ours.subscribe('a', { signal: abort.signal });
      const waiting = over(subscription);
      abort.abort();
      expect(await waiting).toBe(true);
      expect(await over(await bus.ours.subscribe('a', { signal: abort.signal }))).toBe(true);
    });

    it('is over when the bus closes', async () => {
      const waiting = over(await bus.ours.subscribe('a'));
      await bus.ours.close();
      expect(await waiting).toBe(true);
    });
  });
}
