import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { InvalidInputError } from '../../../src/domain/errors.js';
import { StoreUnavailableError, WrongRevisionError, type EventStore } from '../../../src/domain/ports/event-store.js';
import { collect, ids, newEvent, newEvents } from '../../support/events.js';
import type { EventStoreFactory } from '../event-store.js';
import { useStore } from './fixture.js';

export function appendCases(factory: EventStoreFactory): void {
  const { store, underTest } = useStore(factory);
  const streamIds = async (stream: string): Promise<string[]> => ids(await collect(store().readStream(stream)));

  describe('with an expected revision', () => {
    it('takes "none" for a new stream, and the revision of the last event after that', async () => {
      expect(await store().append('test-1', newEvents(2), 'none')).toMatchObject({ revision: 1 });
      expect(await store().append('test-1', newEvents(1), 1)).toMatchObject({ revision: 2 });
      expect(await store().append('test-2', newEvents(1), 'none')).toMatchObject({ revision: 0 });
    });

    it('takes "any" for a new stream and for one that exists', async () => {
      expect(await store().append('test-1', newEvents(1), 'any')).toMatchObject({ revision: 0 });
      expect(await store().append('test-1', newEvents(3), 'any')).toMatchObject({ revision: 3 });
    });

    it.each([
      { expected: 'none' as const, existing: 2, actual: 1 },
      { expected: 0, existing: 0, actual: null },
      { expected: 0, existing: 2, actual: 1 },
      { expected: 2, existing: 2, actual: 1 },
    ])(
      'refuses $expected where the stream has $existing events, and says why',
      async ({ expected, existing, actual }) => {
        const before = newEvents(existing);
        if (existing > 0) await store().append('test-1', before, 'none');

        const refused = await store()
          .append('test-1', newEvents(1), expected)
          .catch((error: unknown) => error);

        expect(refused).toBeInstanceOf(WrongRevisionError);
        expect(refused).toMatchObject({ code: 'E_WRONG_REVISION', stream: 'test-1', expected, actual });
        expect(await streamIds('test-1')).toEqual(ids(before));
      },
    );

    it('lets exactly one of 64 concurrent appenders win each revision', async () => {
      const race = async (appenders: number, eventsEach: number): Promise<void> => {
        const stream = `test-${crypto.randomUUID()}`;
        const attempts = Array.from({ length: appenders }, () => newEvents(eventsEach));
        const wins = await Promise.all(attempts.map((events) => appendUntilItFits(store(), stream, events)));

        // Each append got a place of its own, and nothing lies between its events.
        const places = wins.map((revision) => revision + 1).sort((a, b) => a - b);
        expect(places).toEqual(Array.from({ length: appenders }, (_, n) => (n + 1) * eventsEach));
        const written = await streamIds(stream);
        for (const [n, revision] of wins.entries()) {
          expect(written.slice(revision + 1 - eventsEach, revision + 1)).toEqual(ids(attempts[n]!));
        }
      };
      await race(64, 1);
      await fc.assert(fc.asyncProperty(fc.integer({ min: 2, max: 12 }), fc.integer({ min: 1, max: 4 }), race), {
        numRuns: 15,
      });
    });

    it('fails one of several concurrent appends without harm to the others', async () => {
      const results = await Promise.allSettled([
        store().append('test-1', newEvents(1), 'none'),
        store().append('test-2', newEvents(1), 7),
        store().append('test-1', newEvents(1), 'none'),
        store().append('test-3', newEvents(2), 'none'),
      ]);
      expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
      expect(await collect(store().readAll())).toHaveLength(3);
    });
  });

  describe('as one act', () => {
    it('gives the position of its last event, and positions grow in the order of appends', async () => {
      const first = await store().append('test-1', newEvents(2), 'none');
      const second = await store().append('test-2', newEvents(1), 'none');
      const all = await collect(store().readAll());
      expect(all.map((event) => event.position)).toEqual([...all.map((event) => event.position)].sort());
      expect(all[1]).toMatchObject({ stream: 'test-1', position: first.position });
      expect(all[2]).toMatchObject({ stream: 'test-2', position: second.position });
      expect(first.position < second.position).toBe(true);
    });

    it('writes all of its events next to each other, also among others of the same stream', async () => {
      const appends = Array.from({ length: 20 }, () => newEvents(5));
      await Promise.all(appends.map((events) => store().append('test-1', events, 'any')));
      const written = await streamIds('test-1');
      for (const events of appends) {
        const start = written.indexOf(events[0]!.id);
        expect(written.slice(start, start + 5)).toEqual(ids(events));
      }
    });

    it('writes nothing where one of its events cannot be written', async () => {
      const circular: Record<string, unknown> = {};
      circular.self = circular;
      await expect(store().append('test-1', [newEvent(), newEvent({ data: circular })], 'none')).rejects.toThrow();
      expect(await streamIds('test-1')).toEqual([]);
      await store().append('test-1', newEvents(1), 'none');
    });

    it('refuses an append of no events, and an id that is no UUID', async () => {
      await expect(store().append('test-1', [], 'any')).rejects.toThrow(InvalidInputError);
      await expect(store().append('test-1', [newEvent({ id: 'x' })], 'any')).rejects.toThrow(InvalidInputError);
      expect(await store().lastPosition()).toBeNull();
    });

    it('keeps what the events were when append was called, whatever becomes of the objects', async () => {
      const data = { worker: 'before' };
      const appended = store().append('test-1', [newEvent({ data })], 'none');
      data.worker = 'after';
      await appended;
      const [read] = await collect(store().readStream('test-1'));
      expect(read!.data).toEqual({ worker: 'before' });
    });
  });

  describe('of the same events again', () => {
    it.each(['none', 'any'] as const)('answers as before and writes nothing, expecting %s', async (expected) => {
      const events = newEvents(3);
      const first = await store().append('test-1', events, expected);
      expect(await store().append('test-1', events, expected)).toEqual(first);
      await store().append('test-1', newEvents(1), 'any');
      expect(await store().append('test-1', events, expected)).toEqual(first);
      expect(await collect(store().readAll())).toHaveLength(4);
    });

    it('answers as before and writes nothing, expecting a revision', async () => {
      await store().append('test-1', newEvents(2), 'none');
      const events = newEvents(2);
      const first = await store().append('test-1', events, 1);
      await store().append('test-1', newEvents(1), 3);
      expect(await store().append('test-1', events, 1)).toEqual(first);
      expect(await collect(store().readAll())).toHaveLength(5);
    });

    it('answers both of two at the same time alike', async () => {
      const events = newEvents(2);
      const [one, other] = await Promise.all([
        store().append('test-1', events, 'none'),
        store().append('test-1', events, 'none'),
      ]);
      expect(one).toEqual(other);
      expect(await streamIds('test-1')).toEqual(ids(events));
    });

    it('is no repetition in another order, or with others between, and fails', async () => {
      const [a, b, c] = newEvents(3);
      await store().append('test-1', [a!, b!], 'none');
      await expect(store().append('test-1', [b!, a!], 'none')).rejects.toThrow(WrongRevisionError);
      await expect(store().append('test-1', [a!, c!], 'none')).rejects.toThrow(WrongRevisionError);
      expect(await streamIds('test-1')).toEqual(ids([a!, b!]));
    });
  });

  describe('is kept', () => {
    it('with every field as it was given', async () => {
      const event = newEvent({
        type: 'TestEnqueued',
        schemaVersion: 3,
        data: { nested: { list: [1, 2.5, -0.001, null, true, 'x'] }, empty: {} },
        metadata: { actor: 'user:anna', causationId: 'c', correlationId: 'r', requestIndex: 7 },
      });
      const { position } = await store().append('test-1', [event], 'none');
      const [read] = await collect(store().readStream('test-1'));
      expect(read).toEqual({ ...event, stream: 'test-1', revision: 0, position });
    });

    it('with any text in its data', async () => {
      const event = newEvent({
        data: { text: '\u0000\u001f"\\\u2028\u202e\ud83d\ude00 \ud800 é\u0301 <script>', 'key \u0000 ☃': '\u{10ffff}' },
      });
      await store().append('test-1', [event], 'none');
      expect((await collect(store().readAll()))[0]!.data).toEqual(event.data);
    });

    it('as any JSON (property)', async () => {
      const json = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary' }));
      await fc.assert(
        fc.asyncProperty(json, async (value) => {
          const data = JSON.parse(JSON.stringify(value)) as object;
          const { position } = await store().append('test-1', [newEvent({ data })], 'any');
          const [read] = await collect(store().readAll({ direction: 'backwards', limit: 1 }));
          expect(read).toMatchObject({ position });
          expect(read!.data).toEqual(data);
        }),
        { numRuns: 50 },
      );
    });

    it('with 1 MiB of data', async () => {
      const event = newEvent({ data: { log: 'ä'.repeat(512 * 1024) } });
      await store().append('test-1', [newEvent(), event, newEvent()], 'none');
      const read = await collect(store().readStream('test-1'));
      expect(read).toHaveLength(3);
      expect(read[1]!.data).toEqual(event.data);
    });

    if (factory.isDurable) {
      it('over a restart of the store', async () => {
        await Promise.all([1, 2, 3].map((n) => store().append(`test-${n}`, newEvents(n), 'none')));
        const before = await collect(store().readAll());

        const reopened = await underTest().reopen!();

        expect(await collect(reopened.readAll())).toEqual(before);
        expect(await reopened.append('test-3', newEvents(1), 2)).toMatchObject({ revision: 3 });
      });
    }
  });

  describe('and close', () => {
    it('waits for appends under way', async () => {
      const appends = Promise.all([1, 2, 3].map((n) => store().append(`test-${n}`, newEvents(1), 'none')));
      await store().close();
      expect(await appends).toHaveLength(3);
    });

    it('refuses to append and to read afterwards, and can be closed again', async () => {
      await store().append('test-1', newEvents(1), 'none');
      await store().close();
      await store().close();
      await expect(store().append('test-1', newEvents(1), 'any')).rejects.toThrow(StoreUnavailableError);
      await expect(collect(store().readAll())).rejects.toThrow(StoreUnavailableError);
      await expect(collect(store().readStream('test-1'))).rejects.toThrow(StoreUnavailableError);
      await expect(store().lastPosition()).rejects.toThrow(StoreUnavailableError);
    });
  });
}

/** Appends as optimistic writers do; the revision of its last event. */
async function appendUntilItFits(
  store: EventStore,
  stream: string,
  events: ReturnType<typeof newEvents>,
): Promise<number> {
  for (;;) {
    const [last] = await collect(store.readStream(stream, { direction: 'backwards', limit: 1 }));
    try {
      return (await store.append(stream, events, last?.revision ?? 'none')).revision;
    } catch (error) {
      if (!(error instanceof WrongRevisionError)) throw error;
    }
  }
}
