import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Turns } from '../../src/application/turns.js';

it('does the work on one thing in order, one after the other, whatever fails and however long each takes', async () => {
  const work = fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), ticks: fc.nat(5), fails: fc.boolean() }));
  await fc.assert(
    fc.asyncProperty(work, async (pieces) => {
      const turns = new Turns<string>();
      const done: number[] = [];
      const busy = new Set<string>();
      const all = pieces.map(({ key, ticks, fails }, index) =>
        turns.take(key, async () => {
          expect(busy.has(key)).toBe(false);
          busy.add(key);
          for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
          busy.delete(key);
          done.push(index);
          if (fails) throw new Error('it failed');
          return index;
        }),
      );
      const ends = await Promise.allSettled(all);
      expect(ends.map(({ status }) => status === 'rejected')).toEqual(pieces.map(({ fails }) => fails));
      for (const key of ['a', 'b', 'c']) {
        const order = done.filter((index) => pieces[index]!.key === key);
        expect(order).toEqual([...order].sort((x, y) => x - y));
      }
    }),
  );
});

it('does not wait with one thing for another', async () => {
  const turns = new Turns<string>();
  void turns.take('a', () => new Promise(() => undefined));
  expect(await turns.take('b', () => Promise.resolve('done'))).toBe('done');
});
