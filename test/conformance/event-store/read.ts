import { describe, expect, it } from 'vitest';

import type { EventFilter, Position } from '../../../src/domain/ports/event-store.js';
import { collect, ids, newEvent, newEvents } from '../../support/events.js';
import type { EventStoreFactory } from '../event-store.js';
import { useStore } from './fixture.js';

/** More than any store reads at once. */
const MANY = 2345;

export function readCases(factory: EventStoreFactory): void {
  const { store } = useStore(factory);

  describe('a stream', () => {
    it('that does not exist holds nothing', async () => {
      expect(await collect(store().readStream('test-1'))).toEqual([]);
      expect(await collect(store().readStream('test-1', { direction: 'backwards' }))).toEqual([]);
    });

    it('gives its events in order, backwards in the reverse, and no others', async () => {
      const events = newEvents(MANY);
      await store().append('test-1', events, 'none');
      await store().append('test-10', newEvents(3), 'none');
      const forwards = await collect(store().readStream('test-1'));
      expect(ids(forwards)).toEqual(ids(events));
      expect(forwards.map((event) => event.revision)).toEqual(events.map((_, n) => n));
      expect(await collect(store().readStream('test-1', { direction: 'backwards' }))).toEqual(forwards.reverse());
    });

    it.each([
      { options: { from: 3 }, revisions: [3, 4, 5] },
      { options: { from: 6 }, revisions: [] },
      { options: { limit: 2 }, revisions: [0, 1] },
      { options: { limit: 0 }, revisions: [] },
      { options: { from: 2, limit: 2 }, revisions: [2, 3] },
      { options: { from: 4, limit: 100 }, revisions: [4, 5] },
      { options: { direction: 'backwards', from: 2 }, revisions: [2, 1, 0] },
      { options: { direction: 'backwards', from: 100, limit: 2 }, revisions: [5, 4] },
      { options: { direction: 'backwards', limit: 1 }, revisions: [5] },
    ] as const)('of six events read with $options gives revisions $revisions', async ({ options, revisions }) => {
      await store().append('test-1', newEvents(6), 'none');
      const read = await collect(store().readStream('test-1', options));
      expect(read.map((event) => event.revision)).toEqual(revisions);
    });
  });

  describe('all', () => {
    it('of an empty log gives nothing, and there is no last position', async () => {
      expect(await collect(store().readAll())).toEqual([]);
      expect(await collect(store().readAll({ direction: 'backwards' }))).toEqual([]);
      expect(await store().lastPosition()).toBeNull();
    });

    it('gives the events of all streams in the order they were appended, backwards in the reverse', async () => {
      const events = newEvents(MANY);
      for (let n = 0; n < MANY; n += 100) await store().append(`test-${n % 3}`, events.slice(n, n + 100), 'any');
      const forwards = await collect(store().readAll());
      expect(ids(forwards)).toEqual(ids(events));
      expect(await store().lastPosition()).toBe(forwards.at(-1)!.position);
      expect(await collect(store().readAll({ direction: 'backwards' }))).toEqual(forwards.reverse());
    });

    it('goes on after a position, or before it backwards, without it', async () => {
      await store().append('test-1', newEvents(6), 'none');
      const all = await collect(store().readAll());
      const after = all[3]!.position;
      expect(await collect(store().readAll({ after }))).toEqual(all.slice(4));
      expect(await collect(store().readAll({ after, limit: 1 }))).toEqual(all.slice(4, 5));
      expect(await collect(store().readAll({ after: all[5]!.position }))).toEqual([]);
      expect(await collect(store().readAll({ after, direction: 'backwards' }))).toEqual(all.slice(0, 3).reverse());
      expect(await collect(store().readAll({ after, direction: 'backwards', limit: 2 }))).toEqual([all[2], all[1]]);
      expect(await collect(store().readAll({ after: all[0]!.position, direction: 'backwards' }))).toEqual([]);
    });

    it('ends where the log ended when reading began', async () => {
      await store().append('test-1', newEvents(3), 'none');
      let read = 0;
      for await (const event of store().readAll()) {
        expect(event.revision).toBe(read++);
        await store().append('test-1', newEvents(1), 'any');
      }
      expect(read).toBe(3);
    });

    it('lets appends through, however eagerly it is read', async () => {
      await store().append('test-1', newEvents(MANY), 'none');
      let read = 0;
      let appended = 0;
      for await (const event of store().readAll()) {
        if (event.revision === 0)
          void store()
            .append('test-2', newEvents(1), 'none')
            .then(() => (appended = read));
        read++;
      }
      expect(read).toBe(MANY);
      expect(appended).toBeGreaterThan(0);
      expect(appended).toBeLessThan(MANY);
    });

    it('can be left early, and the store goes on', async () => {
      await store().append('test-1', newEvents(3), 'none');
      for await (const event of store().readAll()) {
        expect(event.revision).toBe(0);
        break;
      }
      await store().append('test-1', newEvents(1), 2);
      expect(await collect(store().readAll())).toHaveLength(4);
    });
  });

  describe('all with a filter', () => {
    const streams = [
      'test-1',
      'test-2',
      'test-10',
      'api-key-1',
      'TEST-1',
      'test_1',
      'tést-1',
      'te%t-1',
      'test-ü\u{1f600}',
    ];

    it.each<{ filter: EventFilter; expected: readonly string[] }>([
      { filter: {}, expected: streams },
      { filter: { types: ['TestStarted', 'TestFinished'] }, expected: streams },
      { filter: { types: ['TestFinished'] }, expected: ['test-10'] },
      { filter: { types: [] }, expected: [] },
      { filter: { streamPrefixes: ['test-'] }, expected: ['test-1', 'test-2', 'test-10', 'test-ü\u{1f600}'] },
      { filter: { streamPrefixes: ['test-1', 'api-'] }, expected: ['test-1', 'test-10', 'api-key-1'] },
      { filter: { streamPrefixes: ['te%', 'tes_', 'tés'] }, expected: ['tést-1', 'te%t-1'] },
      { filter: { streamPrefixes: [] }, expected: [] },
      { filter: { types: ['TestStarted'], streamPrefixes: ['test-1'] }, expected: ['test-1'] },
    ])('$filter gives the events of $expected', async ({ filter, expected }) => {
      for (const stream of streams) {
        await store().append(stream, [newEvent(stream === 'test-10' ? { type: 'TestFinished' } : {})], 'none');
      }
      const forwards = await collect(store().readAll({ filter }));
      expect(forwards.map((event) => event.stream)).toEqual(expected);
      const backwards = await collect(store().readAll({ filter, direction: 'backwards' }));
      expect(backwards).toEqual(forwards.reverse());
    });

    it('counts only what passes towards the limit, and goes on from a position', async () => {
      for (let n = 0; n < 6; n++) await store().append(n % 2 === 0 ? 'even' : 'odd', newEvents(1), 'any');
      const filter = { streamPrefixes: ['odd'] };
      const odd = await collect(store().readAll({ filter }));
      const after = odd[0]!.position;
      expect(await collect(store().readAll({ filter, limit: 2 }))).toEqual(odd.slice(0, 2));
      expect(await collect(store().readAll({ filter, after, limit: 1 }))).toEqual([odd[1]]);
    });

    it('finds the few that pass in a long log, both ways', async () => {
      const few: Position[] = [];
      for (let n = 0; n < 6; n++) {
        await store().append('test-1', newEvents(MANY), 'any');
        few.push((await store().append('api-key-1', newEvents(1), 'any')).position);
      }
      const filter = { streamPrefixes: ['api-key-'] };
      const forwards = await collect(store().readAll({ filter }));
      expect(forwards.map((event) => event.position)).toEqual(few);
      expect(await collect(store().readAll({ filter, direction: 'backwards' }))).toEqual(forwards.reverse());
    });
  });
}
