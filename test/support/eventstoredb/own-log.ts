import { randomUUID } from 'node:crypto';

import {
  WrongRevisionError,
  type EventBatch,
  type EventFilter,
  type EventStore,
  type Position,
  type ReadAllOptions,
  type RecordedEvent,
  type SubscribeOptions,
} from '../../../src/domain/ports/event-store.js';

/**
 * A log of a test's own on a server that keeps the events of other tests: what the server held before is not there, and
 * streams have a prefix of their own. For a server that nobody else uses meanwhile.
 */
export async function ownLog(open: () => EventStore): Promise<() => EventStore> {
  const prefix = `${randomUUID()}/`;
  const first = open();
  const start = await first.lastPosition();
  await first.close();
  return () => own(open(), prefix, start);
}

function own(store: EventStore, prefix: string, start: Position | null): EventStore {
  const inside = (event: RecordedEvent): RecordedEvent => ({ ...event, stream: event.stream.slice(prefix.length) });
  const outside = (filter: EventFilter | undefined): { filter?: EventFilter } => {
    if (filter === undefined) return {};
    const streamPrefixes = filter.streamPrefixes?.map((wanted) => prefix + wanted);
    return { filter: { ...filter, ...(streamPrefixes && { streamPrefixes }) } };
  };
  const notBefore = (position: Position | null): Position | null => (position === start ? null : position);
  async function* readAll(options: ReadAllOptions = {}): AsyncGenerator<RecordedEvent> {
    const isForwards = options.direction !== 'backwards';
    const after = options.after ?? (isForwards ? start : null);
    const events = store.readAll({ ...options, ...outside(options.filter), ...(after !== null && { after }) });
    for await (const event of events) {
      if (start !== null && event.position <= start) return;
      yield inside(event);
    }
  }
  function subscribe(options: SubscribeOptions = {}): AsyncIterable<EventBatch> {
    const from = options.after ?? 'start';
    const after = from === 'start' ? (start ?? 'start') : from;
    const source = store.subscribe({ ...options, ...outside(options.filter), after });
    return {
      [Symbol.asyncIterator]: () => {
        const batches = source[Symbol.asyncIterator]();
        return {
          next: async () => {
            const result = await batches.next();
            if (result.done === true) return result;
            const { events, position, caughtUp } = result.value;
            return { done: false, value: { events: events.map(inside), position: notBefore(position), caughtUp } };
          },
          return: async () => (await batches.return?.()) ?? { done: true, value: undefined },
        };
      },
    };
  }
  return {
    append: async (stream, events, expected) => {
      try {
        return await store.append(prefix + stream, events, expected);
      } catch (cause) {
        if (!(cause instanceof WrongRevisionError)) throw cause;
        throw new WrongRevisionError(stream, expected, cause.actual, { cause });
      }
    },
    readStream: async function* (stream, options) {
      for await (const event of store.readStream(prefix + stream, options)) yield inside(event);
    },
    readAll,
    subscribe,
    lastPosition: async () => notBefore(await store.lastPosition()),
    close: () => store.close(),
  };
}
