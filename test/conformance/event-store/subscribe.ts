import { describe, expect, it } from 'vitest';

import {
  StoreUnavailableError,
  type EventBatch,
  type RecordedEvent,
  type SubscribeOptions,
} from '../../../src/domain/ports/event-store.js';
import { collect, ids, newEvent, newEvents, pull, pullUntil } from '../../support/events.js';
import type { EventStoreFactory } from '../event-store.js';
import { useStore } from './fixture.js';

/** More than any store hands over at once. */
const MANY = 2345;

export function subscribeCases(factory: EventStoreFactory): void {
  const { store } = useStore(factory);
  const subscribe = (options?: SubscribeOptions): AsyncIterator<EventBatch> =>
    store().subscribe(options)[Symbol.asyncIterator]();
  const caughtUp = (batch: EventBatch): boolean => batch.caughtUp;
  const gathered =
    (count: number) =>
    (_: EventBatch, events: readonly RecordedEvent[]): boolean =>
      events.length >= count;

  describe('catches up', () => {
    it('at once with an empty log', async () => {
      expect(await pull(subscribe())).toEqual({ events: [], position: null, caughtUp: true });
    });

    it.each([{ options: {} }, { options: { after: 'start' } }] as const)(
      'from the start with $options, in batches, and says when it has',
      async ({ options }) => {
        await store().append('test-1', newEvents(MANY), 'none');
        const { events, batch } = await pullUntil(subscribe(options), caughtUp);
        expect(events).toEqual(await collect(store().readAll()));
        expect(batch.position).toBe(await store().lastPosition());
      },
    );

    it('from a position, itself excluded', async () => {
      await store().append('test-1', newEvents(10), 'none');
      const all = await collect(store().readAll());
      const { events } = await pullUntil(subscribe({ after: all[6]!.position }), caughtUp);
      expect(events).toEqual(all.slice(7));
    });

    it('with nothing from the end, or from the last position', async () => {
      await store().append('test-1', newEvents(3), 'none');
      const position = (await store().lastPosition())!;
      for (const after of ['end', position] as const) {
        expect(await pull(subscribe({ after }))).toEqual({ events: [], position, caughtUp: true });
      }
    });

    it('with batches whose positions are places to go on from, with nothing lost or doubled', async () => {
      await store().append('test-1', newEvents(MANY), 'none');
      const events: RecordedEvent[] = [];
      let batch: EventBatch = { events: [], position: null, caughtUp: false };
      while (!batch.caughtUp) {
        batch = await pull(subscribe({ after: batch.position ?? 'start' }));
        events.push(...batch.events);
      }
      expect(events).toEqual(await collect(store().readAll()));
    });
  });

  describe('goes on live', () => {
    it.each(['start', 'end'] as const)('with each new event in order, after %s', async (after) => {
      await store().append('test-1', newEvents(2), 'none');
      const batches = subscribe({ after });
      await pullUntil(batches, caughtUp);
      const events = newEvents(3);
      const live = pullUntil(batches, gathered(3));
      for (const event of events) await store().append('test-1', [event], 'any');
      expect(ids((await live).events)).toEqual(ids(events));
    });

    it('with what comes after the call, from the end', async () => {
      await store().append('test-1', newEvents(1), 'none');
      const batches = subscribe({ after: 'end' });
      await pullUntil(batches, caughtUp);
      const events = newEvents(2);
      await store().append('test-1', events, 'any');
      expect(ids((await pullUntil(batches, gathered(2))).events)).toEqual(ids(events));
    });

    it('without a gap or a double where events come while it catches up', async () => {
      await store().append('test-1', newEvents(MANY), 'none');
      const appends = Array.from({ length: 50 }, () => store().append('test-2', newEvents(3), 'any'));
      const { events } = await pullUntil(subscribe(), gathered(MANY + 150));
      await Promise.all(appends);
      expect(events).toEqual(await collect(store().readAll()));
    });

    it('with what is appended while it catches up, however eagerly it is pulled', async () => {
      await store().append('test-1', newEvents(MANY), 'none');
      const batches = subscribe();
      await pull(batches);
      const append = store().append('test-2', newEvents(1), 'none');
      const { events } = await pullUntil(batches, (_, read) => read.at(-1)?.stream === 'test-2');
      expect(events.at(-1)!.position).toBe((await append).position);
    });

    it('for many subscribers at once, each with everything', async () => {
      const subscribers = Array.from({ length: 30 }, () => subscribe());
      const received = Promise.all(subscribers.map((batches) => pullUntil(batches, gathered(100))));
      await Promise.all(Array.from({ length: 50 }, (_, n) => store().append(`test-${n}`, newEvents(2), 'none')));
      const all = await collect(store().readAll());
      for (const { events } of await received) expect(events).toEqual(all);
    });
  });

  describe('with a filter', () => {
    it('hands over what passes only, from the log and live', async () => {
      const filter = { types: ['TestFinished'], streamPrefixes: ['test-'] };
      const append = async (stream: string, type: string): Promise<void> => {
        await store().append(stream, [newEvent({ type })], 'any');
      };
      const appendFour = async (): Promise<void> => {
        await append('test-1', 'TestStarted');
        await append('test-1', 'TestFinished');
        await append('other-1', 'TestFinished');
        await append('test-2', 'TestFinished');
      };
      await appendFour();
      const batches = subscribe({ filter });
      const { events: old } = await pullUntil(batches, caughtUp);
      expect(old.map((event) => event.stream)).toEqual(['test-1', 'test-2']);
      const live = pullUntil(batches, gathered(2));
      await appendFour();
      expect((await live).events).toEqual((await collect(store().readAll({ filter }))).slice(2));
    });

    it('moves the position past what it holds back, from the log and live', async () => {
      await store().append('test-1', newEvents(MANY), 'none');
      const batches = subscribe({ filter: { streamPrefixes: ['api-key-'] } });
      const { events, batch } = await pullUntil(batches, caughtUp);
      expect(events).toEqual([]);
      expect(batch.position).toBe(await store().lastPosition());
      const { position } = await store().append('test-1', newEvents(3), 'any');
      await pullUntil(batches, (moved) => moved.position === position && moved.caughtUp);
    });
  });

  describe('is pulled', () => {
    it('by a slow reader as fast as it reads, while the log grows: in bounded batches, nothing lost or doubled', async () => {
      const total = 4000;
      const batches = subscribe();
      await pullUntil(batches, caughtUp);
      for (let n = 0; n < total; n += 200) await store().append('test-1', newEvents(180), 'any');
      let read = 0;
      while (read < total) {
        const { events } = await pull(batches);
        expect(events.length).toBeLessThanOrEqual(1000);
        for (const event of events) expect(event.revision).toBe(read++);
        await store().append('test-1', newEvents(200), 'any');
      }
    });
  });

  describe('ends', () => {
    it('where its signal aborts, while it waits', async () => {
      const controller = new AbortController();
      const batches = subscribe({ signal: controller.signal });
      await pullUntil(batches, caughtUp);
      const waiting = batches.next();
      controller.abort();
      expect(await waiting).toEqual({ done: true, value: undefined });
      expect(await batches.next()).toEqual({ done: true, value: undefined });
    });

    it('where its signal aborts between two batches, and where it had aborted before', async () => {
      await store().append('test-1', newEvents(MANY), 'none');
      const controller = new AbortController();
      let events = 0;
      for await (const batch of store().subscribe({ signal: controller.signal })) {
        events += batch.events.length;
        if (events > 0) controller.abort();
      }
      expect(events).toBeLessThan(MANY);
      expect(await collect(store().subscribe({ signal: controller.signal }))).toEqual([]);
    });

    it('where it is left, also while it waits', async () => {
      for await (const batch of store().subscribe()) if (batch.caughtUp) break;
      const batches = subscribe();
      await pullUntil(batches, caughtUp);
      const waiting = batches.next();
      await batches.return!();
      expect(await waiting).toEqual({ done: true, value: undefined });
    });

    it('where the store closes', async () => {
      const batches = subscribe();
      await pullUntil(batches, caughtUp);
      const waiting = batches.next();
      await store().close();
      expect(await waiting).toEqual({ done: true, value: undefined });
      expect(await batches.next()).toEqual({ done: true, value: undefined });
      await expect((async () => collect(store().subscribe()))()).rejects.toThrow(StoreUnavailableError);
    });
  });
}
