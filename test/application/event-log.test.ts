import { describe, expect, expectTypeOf, it } from 'vitest';

import { MemoryEventStore } from '../../src/adapters/memory/event-store.js';
import { EventLog, type RecordedDomainEvent } from '../../src/application/event-log.js';
import type { Decider } from '../../src/domain/decider.js';
import { UnreadableEventError } from '../../src/domain/errors.js';
import type { TestStarted } from '../../src/domain/events.js';
import {
  WrongRevisionError,
  type AppendResult,
  type EventMetadata,
  type ExpectedRevision,
  type NewEvent,
} from '../../src/domain/ports/event-store.js';
import { collect, newEvent, pull } from '../support/events.js';

const NOW = '2026-05-06T07:08:09.123Z';
const CLOCK = { now: () => new Date(NOW) };
const METADATA: EventMetadata = { actor: 'collector', causationId: 'message-1', correlationId: 'request-1' };
const UUID_7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function started(attempt: number): TestStarted {
  return { type: 'TestStarted', data: { runId: 1, attempt, worker: 'w1' } };
}

/** Counts its events; starts the next attempt until there are `max`. */
const counter: Decider<number, { max: number }, TestStarted> = {
  initialState: 0,
  decide: (count, { max }) => (count < max ? [started(count + 1)] : []),
  evolve: (count) => count + 1,
};

/** Someone else is faster, so many times. */
class ContestedStore extends MemoryEventStore {
  constructor(private contests: number) {
    super();
  }

  override async append(
    stream: string,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
  ): Promise<AppendResult> {
    if (this.contests-- > 0) await super.append(stream, [newEvent()], 'any');
    return super.append(stream, events, expected);
  }
}

describe('EventLog', () => {
  it('gives appended events an id, the time of the clock, their schema version and the metadata', async () => {
    const store = new MemoryEventStore();
    const { position } = await new EventLog(store, CLOCK).append('test-1', [started(1), started(2)], 'none', METADATA);
    const stored = await collect(store.readAll());
    expect(stored).toEqual(
      [1, 2].map((attempt, revision) => ({
        ...started(attempt),
        id: expect.stringMatching(UUID_7) as string,
        schemaVersion: 1,
        time: NOW,
        metadata: METADATA,
        stream: 'test-1',
        revision,
        position: revision === 1 ? position : stored[0]!.position,
      })),
    );
    expect(stored[0]!.id).not.toBe(stored[1]!.id);
  });

  it('gives ids that begin with their time, so that later ones come later in an index', async () => {
    const store = new MemoryEventStore();
    const times = ['2026-05-06T07:08:09.123Z', '2026-05-06T07:08:09.124Z', '2099-01-01T00:00:00.000Z'];
    for (const time of times) {
      await new EventLog(store, { now: () => new Date(time) }).append('test-1', [started(1)], 'any', METADATA);
    }
    const ids = (await collect(store.readAll())).map((event) => event.id);
    expect(ids).toEqual([...ids].sort());
    expect(Number(`0x${ids[0]!.replace('-', '').slice(0, 12)}`)).toBe(Date.parse(times[0]!));
  });

  it('reads a stream, all, and a subscription as events of the domain with their place', async () => {
    const log = new EventLog(new MemoryEventStore(), CLOCK);
    await log.append('test-1', [started(1)], 'none', METADATA);
    await log.append('test-2', [started(2)], 'none', METADATA);
    const all = await collect(log.readAll());
    expectTypeOf(all).toEqualTypeOf<RecordedDomainEvent[]>();
    expect(all).toMatchObject([
      { ...started(1), stream: 'test-1', revision: 0, time: NOW, metadata: METADATA },
      { ...started(2), stream: 'test-2', revision: 0 },
    ]);
    expect(await collect(log.readStream('test-2'))).toEqual(all.slice(1));
    expect(await collect(log.readAll({ direction: 'backwards', limit: 1 }))).toEqual(all.slice(1));
    const batch = await pull(log.subscribe({ after: all[0]!.position })[Symbol.asyncIterator]());
    expect(batch).toEqual({ events: all.slice(1), position: await log.lastPosition(), caughtUp: true });
  });

  it('ends a subscription at once where it is left while it waits', async () => {
    const batches = new EventLog(new MemoryEventStore(), CLOCK).subscribe()[Symbol.asyncIterator]();
    await pull(batches);
    const waiting = batches.next();
    await batches.return!();
    expect(await waiting).toEqual({ done: true, value: undefined });
  });

  it.each([
    { what: 'type', event: newEvent({ type: 'TestExploded' }) },
    { what: 'schema version', event: newEvent({ schemaVersion: 99 }) },
  ])('says which event has a $what that it cannot read', async ({ event }) => {
    const store = new MemoryEventStore();
    const { position } = await store.append('test-7', [event], 'none');
    const error: unknown = await collect(new EventLog(store, CLOCK).readAll()).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(UnreadableEventError);
    expect((error as Error).message).toContain('event 0 of test-7');
    expect((error as Error).message).toContain(position);
  });

  describe('handling a command', () => {
    it('appends what the decider decides on the stream so far, and gives it with its position', async () => {
      const log = new EventLog(new MemoryEventStore(), CLOCK);
      for (const attempt of [1, 2]) {
        const handled = await log.handle(counter, 'test-1', { max: 2 }, METADATA);
        expect(handled).toEqual({ events: [started(attempt)], position: await log.lastPosition() });
      }
      expect(await collect(log.readStream('test-1'))).toMatchObject([started(1), started(2)]);
    });

    it('appends nothing where nothing happens', async () => {
      const log = new EventLog(new MemoryEventStore(), CLOCK);
      expect(await log.handle(counter, 'test-1', { max: 0 }, METADATA)).toEqual({ events: [], position: null });
      expect(await log.lastPosition()).toBeNull();
    });

    it('appends nothing where the decider, or what has to be prepared, fails', async () => {
      const log = new EventLog(new MemoryEventStore(), CLOCK);
      const refuses = { ...counter, decide: () => raise('decider') };
      await expect(log.handle(refuses, 'test-1', { max: 1 }, METADATA)).rejects.toThrow('decider');
      const prepare = (): Promise<void> => Promise.reject(new Error('disk'));
      await expect(log.handle(counter, 'test-1', { max: 1 }, METADATA, prepare)).rejects.toThrow('disk');
      expect(await log.lastPosition()).toBeNull();
    });

    it('decides anew where someone else was faster', async () => {
      const log = new EventLog(new ContestedStore(3), CLOCK);
      const { events } = await log.handle(counter, 'test-1', { max: 10 }, METADATA);
      expect(events).toEqual([started(4)]);
      expect(await collect(log.readStream('test-1'))).toHaveLength(4);
    });

    it('does nothing more where someone else has done it', async () => {
      const log = new EventLog(new ContestedStore(1), CLOCK);
      expect(await log.handle(counter, 'test-1', { max: 1 }, METADATA)).toEqual({ events: [], position: null });
      expect(await collect(log.readStream('test-1'))).toHaveLength(1);
    });

    it('gives up where someone else was faster five times', async () => {
      const log = new EventLog(new ContestedStore(5), CLOCK);
      await expect(log.handle(counter, 'test-1', { max: 10 }, METADATA)).rejects.toThrow(WrongRevisionError);
      expect(await collect(log.readStream('test-1'))).toHaveLength(5);
    });

    it('of many at once for one stream lets each decide on what the others did', async () => {
      const log = new EventLog(new MemoryEventStore(), CLOCK);
      await Promise.all([1, 2, 3, 4, 5].map(() => log.handle(counter, 'test-1', { max: 2 }, METADATA)));
      expect(await collect(log.readStream('test-1'))).toMatchObject([started(1), started(2)]);
    });
  });
});

function raise(message: string): never {
  throw new Error(message);
}
