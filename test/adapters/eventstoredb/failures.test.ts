import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { afterEach, describe, expect, it } from 'vitest';

import { parseConnection } from '../../../src/adapters/eventstoredb/connection-url.js';
import { EventStoreDbEventStore, type EventStoreDbOptions } from '../../../src/adapters/eventstoredb/event-store.js';
import { UnreadableEventError, InvalidInputError } from '../../../src/domain/errors.js';
import {
  EventTooLargeError,
  StoreDeniedError,
  StoreUnavailableError,
  WrongRevisionError,
  type EventBatch,
  type Position,
} from '../../../src/domain/ports/event-store.js';
import type { Fault } from '../../support/eventstoredb/faults.js';
import { ServerDouble, type ServerOptions } from '../../support/eventstoredb/server.js';
import { collect, ids, newEvent, newEvents, pull, pullUntil } from '../../support/events.js';

const TLS = new URL('../../fixtures/tls/', import.meta.url);
const CERTIFICATE = fileURLToPath(new URL('localhost.crt', TLS));
const tls = { key: readFileSync(new URL('localhost.key', TLS)), certificate: readFileSync(CERTIFICATE) };

describe('EventStoreDbEventStore, where something goes wrong,', () => {
  const cleanups: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });
  const serve = async (options?: ServerOptions): Promise<ServerDouble> => {
    const server = await ServerDouble.start(options);
    cleanups.push(() => server.stop());
    return server;
  };
  const open = (url: string, options?: EventStoreDbOptions): EventStoreDbEventStore => {
    const store = EventStoreDbEventStore.open(parseConnection(url), options);
    cleanups.push(() => store.close());
    return store;
  };
  const start = async (options?: ServerOptions): Promise<{ server: ServerDouble; store: EventStoreDbEventStore }> => {
    const server = await serve(options);
    return { server, store: open(`${server.url}&defaultDeadline=1000`) };
  };
  const caughtUp = (batch: EventBatch): boolean => batch.caughtUp;

  describe('appends', () => {
    const faults: Fault['does'][] = ['cut', 'cut-after', 'unavailable', 'timeout', 'silent', 'exhausted'];
    it.each([true, false].flatMap((batchAppend) => faults.map((does) => ({ does, batchAppend }))))(
      'once, where the server answers "$does" twice (batch append: $batchAppend)',
      async ({ does, batchAppend }) => {
        const { server, store } = await start({ batchAppend });
        await store.append('test-1', newEvents(1), 'none');
        server.faults.add({ on: 'append', does, times: 2 });
        const events = newEvents(3);
        expect(await store.append('test-1', events, 0)).toMatchObject({ revision: 3 });
        expect(ids(await collect(store.readStream('test-1', { from: 1 })))).toEqual(ids(events));
        expect(server.brokenRules).toEqual([]);
      },
    );

    it('once, where many were under way when the connection broke', async () => {
      const { server, store } = await start();
      await store.append('test-0', newEvents(1), 'none');
      server.faults.add({ on: 'append', does: 'cut-after', times: 3 });
      const appends = Array.from({ length: 40 }, (_, n) => store.append(`test-${n % 4}`, newEvents(2), 'any'));
      await Promise.all(appends);
      expect(await collect(store.readAll())).toHaveLength(81);
    });

    it('still finds that somebody else was faster, where the answer was lost', async () => {
      const { server, store } = await start();
      server.faults.add({ on: 'append', does: 'cut', times: 1 });
      const append = store.append('test-1', newEvents(1), 4);
      await expect(append).rejects.toThrow(WrongRevisionError);
      await expect(append).rejects.toMatchObject({ actual: null, expected: 4 });
    });

    it('not at all where access is denied, and does not try again', async () => {
      for (const batchAppend of [true, false]) {
        const { server, store } = await start({ batchAppend });
        server.faults.add({ on: 'append', does: 'denied' });
        await expect(store.append('test-1', newEvents(1), 'none')).rejects.toThrow(StoreDeniedError);
        expect(await store.lastPosition()).toBeNull();
      }
    });

    it('nothing larger than the server takes, and says how large that is', async () => {
      for (const batchAppend of [true, false]) {
        const { store } = await start({ batchAppend });
        const event = newEvent({ data: { log: 'x'.repeat(1024 * 1024) } });
        const refused = store.append('test-1', [newEvent(), event], 'none');
        await expect(refused).rejects.toThrow(EventTooLargeError);
        await expect(refused).rejects.toMatchObject({ stream: 'test-1', maxBytes: 1024 * 1024 });
        expect(await store.append('test-1', newEvents(1), 'none')).toMatchObject({ revision: 0 });
      }
    });

    it('where nothing answers: gives up after a while, and can be used again when the server is back', async () => {
      const server = await serve();
      const store = open(server.url, { patienceMs: 200 });
      server.down();
      await expect(store.append('test-1', newEvents(1), 'none')).rejects.toThrow(StoreUnavailableError);
      await expect(store.lastPosition()).rejects.toThrow(StoreUnavailableError);
      await expect(collect(store.readStream('test-1'))).rejects.toThrow(StoreUnavailableError);
      await server.up();
      expect(await store.append('test-1', newEvents(1), 'none')).toMatchObject({ revision: 0 });
    });

    it('to no stream of the server’s own', async () => {
      const { store } = await start();
      await expect(store.append('$settings', newEvents(1), 'any')).rejects.toThrow(InvalidInputError);
    });
  });

  describe('reads', () => {
    it.each(['cut', 'unavailable', 'timeout', 'silent'] as const)(
      'everything once, where it meets "%s" in the middle',
      async (does) => {
        const { server, store } = await start();
        for (let n = 0; n < 6; n++) await store.append('test-1', newEvents(100), 'any');
        const revisions = Array.from({ length: 600 }, (_, n) => n);
        const interrupt = (): void => {
          server.faults.add({ on: 'read', does, afterEvents: 150, times: 2 });
        };
        const read = async (events: AsyncIterable<{ revision: number }>): Promise<number[]> =>
          (await collect(events)).map(({ revision }) => revision);
        interrupt();
        expect(await read(store.readStream('test-1'))).toEqual(revisions);
        interrupt();
        expect(await read(store.readStream('test-1', { direction: 'backwards', limit: 500 }))).toEqual(
          revisions.slice(100).reverse(),
        );
        server.faults.clear();
        interrupt();
        expect(await read(store.readAll({ direction: 'backwards' }))).toEqual([...revisions].reverse());
      },
    );

    it('nothing where access is denied', async () => {
      const { server, store } = await start();
      server.faults.add({ on: 'read', does: 'denied' });
      await expect(collect(store.readStream('test-1'))).rejects.toThrow(StoreDeniedError);
    });

    it('past what the server writes for itself', async () => {
      const { server, store } = await start();
      await store.append('test-1', newEvents(2), 'none');
      for (let n = 0; n < 40; n++) server.log.appendSystemEvent();
      const all = await collect(store.readAll());
      expect(all).toHaveLength(2);
      expect(await store.lastPosition()).toBe(all[1]!.position);
      const { events, batch } = await pullUntil(store.subscribe()[Symbol.asyncIterator](), caughtUp);
      expect(events).toEqual(all);
      expect(batch.position).toBe(all[1]!.position);
    });

    it('nothing that another program wrote: it says where that is', async () => {
      const { server, store } = await start();
      const strange = { id: crypto.randomUUID(), type: 'Strange', contentType: 'application/octet-stream' };
      server.log.append('other-1', [{ ...strange, data: new Uint8Array([1]), metadata: new Uint8Array() }], -1);
      await expect(collect(store.readStream('other-1'))).rejects.toThrow(UnreadableEventError);
      await expect(pull(store.subscribe()[Symbol.asyncIterator]())).rejects.toThrow(/event 0 of other-1/);
    });

    it('no position of another store', async () => {
      const { store } = await start();
      await store.append('test-1', newEvents(1), 'none');
      const after = '0000000000000001' as Position;
      await expect(collect(store.readAll({ after }))).rejects.toThrow(InvalidInputError);
      await expect(pull(store.subscribe({ after })[Symbol.asyncIterator]())).rejects.toThrow(InvalidInputError);
    });
  });

  describe('subscribes', () => {
    it.each(['cut', 'unavailable', 'timeout'] as const)(
      'to every event once, where it meets "%s" again and again',
      async (does) => {
        const { server, store } = await start();
        await store.append('test-1', newEvents(300), 'none');
        for (let n = 0; n < 5; n++) server.faults.add({ on: 'subscribe', does, afterEvents: n * 30 });
        const batches = store.subscribe()[Symbol.asyncIterator]();
        const received = pullUntil(batches, (_, events) => events.length >= 400);
        await store.append('test-1', newEvents(100), 299);
        expect((await received).events.map((event) => event.revision)).toEqual(
          Array.from({ length: 400 }, (_, n) => n),
        );
      },
    );

    it('over a restart of the server, while it waits', async () => {
      const { server, store } = await start();
      await store.append('test-1', newEvents(2), 'none');
      const batches = store.subscribe()[Symbol.asyncIterator]();
      await pullUntil(batches, caughtUp);
      const next = pullUntil(batches, (_, events) => events.length >= 3);
      server.down();
      await server.up();
      await store.append('test-1', newEvents(3), 1);
      expect((await next).events.map((event) => event.revision)).toEqual([2, 3, 4]);
    });

    it('where the server confirms nothing at first', async () => {
      const { server, store } = await start();
      await store.append('test-1', newEvents(2), 'none');
      server.faults.add({ on: 'subscribe', does: 'silent' });
      expect((await pullUntil(store.subscribe()[Symbol.asyncIterator](), caughtUp)).events).toHaveLength(2);
    });

    it('with a filter: to what passes, once, also where the connection breaks in what is held back', async () => {
      const { server, store } = await start();
      await store.append('other-1', newEvents(500), 'none');
      const [wanted] = newEvents(1);
      await store.append('test-1', [wanted!], 'none');
      await store.append('other-1', newEvents(500), 'any');
      server.faults.add({ on: 'subscribe', does: 'cut', afterEvents: 1 });
      const filter = { streamPrefixes: ['test-'] };
      const { events, batch } = await pullUntil(store.subscribe({ filter })[Symbol.asyncIterator](), caughtUp);
      expect(ids(events)).toEqual([wanted!.id]);
      expect(batch.position).toBe(await store.lastPosition());
    });

    it('to nothing where access is denied, and says so', async () => {
      const { server, store } = await start();
      server.faults.add({ on: 'subscribe', does: 'denied' });
      await expect(pull(store.subscribe()[Symbol.asyncIterator]())).rejects.toThrow(StoreDeniedError);
    });

    it('no faster than it is pulled: the server waits', async () => {
      const { server, store } = await start();
      const count = 10_000;
      for (let n = 0; n < count; n += 500) {
        await store.append('test-1', newEvents(500, { data: { padding: 'x'.repeat(1000) } }), 'any');
      }
      const batches = store.subscribe()[Symbol.asyncIterator]();
      await pull(batches);
      // Meanwhile the same connection carries all events to somebody else.
      expect(await collect(store.readAll())).toHaveLength(count);
      expect(server.eventsSent).toBeLessThan(count / 5);
      expect((await pullUntil(batches, caughtUp)).events.length).toBeGreaterThan(count / 2);
    });

    it('until it is told to end, also while the server is away', async () => {
      const { server, store } = await start();
      const controller = new AbortController();
      const batches = store.subscribe({ signal: controller.signal })[Symbol.asyncIterator]();
      await pullUntil(batches, caughtUp);
      const waiting = batches.next();
      server.down();
      controller.abort();
      expect(await waiting).toEqual({ done: true, value: undefined });
    });
  });

  describe('follows', () => {
    it.each([true, false])('the leader where another member answers (batch append: %s)', async (batchAppend) => {
      const leader = await serve({ batchAppend });
      const follower = await serve({ batchAppend, log: leader.log });
      follower.leader = leader;
      const store = open(follower.url);
      expect(await store.append('test-1', newEvents(1), 'none')).toMatchObject({ revision: 0 });
      expect(await collect(store.readAll())).toHaveLength(1);
      expect((await pullUntil(store.subscribe()[Symbol.asyncIterator](), caughtUp)).events).toHaveLength(1);
    });

    it('an election: the one that led no longer does', async () => {
      const [one, other] = [await serve(), await serve()];
      const store = open(one.url);
      await store.append('test-1', newEvents(1), 'none');
      other.log.append('test-1', [{ ...one.log.stream('test-1')[0]! }], -1);
      one.leader = other;
      one.cut();
      expect(await store.append('test-1', newEvents(1), 0)).toMatchObject({ revision: 1 });
      expect(other.log.stream('test-1')).toHaveLength(2);
    });

    it('what the members of a cluster say of themselves', async () => {
      const leader = await serve();
      const store = open(leader.url.replace('esdb:', 'esdb+discover:'));
      await store.append('test-1', newEvents(1), 'none');
      const both = open(leader.url.replace('?', `,localhost:${leader.port}?`));
      expect(await collect(both.readAll())).toHaveLength(1);
    });
  });

  describe('over TLS', () => {
    const user = { name: 'debci', password: 's3cret:@/' };
    const login = `debci:${encodeURIComponent(user.password)}@`;
    const address = (server: ServerDouble, who: string): string =>
      `esdb://${who}localhost:${server.port}?tlsCAFile=${encodeURIComponent(CERTIFICATE)}`;

    it('says who it is', async () => {
      const server = await serve({ tls, user });
      const store = open(address(server, login));
      await store.append('test-1', newEvents(1), 'none');
      expect(await collect(store.readAll())).toHaveLength(1);
    });

    it('is denied with a wrong password, or none, and tells nobody the password', async () => {
      const server = await serve({ tls, user });
      for (const who of ['debci:wr0ng@', '']) {
        const error: unknown = await open(address(server, who))
          .lastPosition()
          .catch((denied: unknown) => denied);
        expect(error).toBeInstanceOf(StoreDeniedError);
        expect(`${String(error)} ${JSON.stringify(error)} ${String((error as Error).cause)}`).not.toContain('wr0ng');
      }
    });

    it('shows its own certificate, where the server wants one', async () => {
      const server = await serve({ tls: { ...tls, clientCa: tls.certificate } });
      const key = encodeURIComponent(fileURLToPath(new URL('localhost.key', TLS)));
      const shown = `&userCertFile=${encodeURIComponent(CERTIFICATE)}&userKeyFile=${key}`;
      expect(await open(address(server, '') + shown).lastPosition()).toBeNull();
      const without = open(address(server, ''), { patienceMs: 100 });
      await expect(without.lastPosition()).rejects.toThrow(StoreUnavailableError);
    });

    it('trusts nobody else’s certificate', async () => {
      const server = await serve({ tls });
      const store = open(`esdb://localhost:${server.port}`, { patienceMs: 100 });
      await expect(store.append('test-1', newEvents(1), 'none')).rejects.toThrow(StoreUnavailableError);
      expect(() => open('esdb://localhost?tlsCAFile=/nowhere/ca.pem')).toThrow(StoreUnavailableError);
    });
  });
});
