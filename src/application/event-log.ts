import type { Decider } from '../domain/decider.js';
import { UnreadableEventError } from '../domain/errors.js';
import { SCHEMA_VERSIONS, type DomainEvent } from '../domain/events.js';
import type { Clock } from '../domain/ports/clock.js';
import {
  WrongRevisionError,
  type AppendResult,
  type EventBatch,
  type EventMetadata,
  type EventStore,
  type ExpectedRevision,
  type Position,
  type ReadAllOptions,
  type ReadStreamOptions,
  type RecordedEvent,
  type SubscribeOptions,
} from '../domain/ports/event-store.js';
import { upcast } from '../domain/upcast.js';
import { newEventId } from './event-id.js';

/** An event of the log in today's shape. */
export type RecordedDomainEvent = Omit<RecordedEvent, 'type' | 'data' | 'schemaVersion'> & DomainEvent;

/** EventBatch with its events in today's shape. */
export interface DomainEventBatch extends Omit<EventBatch, 'events'> {
  readonly events: readonly RecordedDomainEvent[];
}

/** What a command made happen: the new events, and the position of the last; null where nothing happened. */
export interface Handled<Event> {
  readonly events: readonly Event[];
  readonly position: Position | null;
}

/** Of events that the collector makes happen by itself. */
export const BY_COLLECTOR: EventMetadata = { actor: 'collector', causationId: null, correlationId: null };

/** How often a command is decided anew because someone else wrote to its stream meanwhile. */
const MAX_ATTEMPTS = 5;

/** The log as domain code wants it: events in and out in today's shape, commands handled by deciders. */
export class EventLog {
  constructor(
    private readonly store: EventStore,
    private readonly clock: Clock,
  ) {}

  /** Gives each event its id, its time and its schema version. @throws what EventStore.append throws. */
  append(
    stream: string,
    events: readonly DomainEvent[],
    expected: ExpectedRevision,
    metadata: EventMetadata,
  ): Promise<AppendResult> {
    const now = this.clock.now();
    const time = now.toISOString();
    const newEvents = events.map(({ type, data }) => {
      return { id: newEventId(now), type, schemaVersion: SCHEMA_VERSIONS[type], time, data, metadata };
    });
    return this.store.append(stream, newEvents, expected);
  }

  /** @throws UnreadableEventError, here and below, at an event that this version of debci does not know. */
  readStream(stream: string, options?: ReadStreamOptions): AsyncIterable<RecordedDomainEvent> {
    return mapped(this.store.readStream(stream, options), toDomainEvent);
  }

  readAll(options?: ReadAllOptions): AsyncIterable<RecordedDomainEvent> {
    return mapped(this.store.readAll(options), toDomainEvent);
  }

  subscribe(options?: SubscribeOptions): AsyncIterable<DomainEventBatch> {
    return mapped(this.store.subscribe(options), (batch) => ({ ...batch, events: batch.events.map(toDomainEvent) }));
  }

  lastPosition(): Promise<Position | null> {
    return this.store.lastPosition();
  }

  /**
   * Reads the stream, decides, and appends what the command makes happen; all over where someone else was faster.
   * @param prepare is called between deciding and appending, with the state before and what will be appended
   * (perhaps nothing); where it throws, nothing is appended.
   * @throws what the decider or `prepare` throws; WrongRevisionError where someone else was faster five times.
   */
  async handle<State, Command, Event extends DomainEvent>(
    decider: Decider<State, Command, Event>,
    stream: string,
    command: Command,
    metadata: EventMetadata,
    prepare?: (state: State, events: readonly Event[]) => Promise<void>,
  ): Promise<Handled<Event>> {
    for (let attempt = 1; ; attempt++) {
      const { state, revision } = await this.#load(decider, stream);
      const events = decider.decide(state, command);
      await prepare?.(state, events);
      if (events.length === 0) return { events, position: null };
      try {
        const { position } = await this.append(stream, events, revision ?? 'none', metadata);
        return { events, position };
      } catch (error) {
        if (!(error instanceof WrongRevisionError) || attempt === MAX_ATTEMPTS) throw error;
      }
    }
  }

  /** The state that a stream's events lead to. */
  async state<State, Event extends DomainEvent>(
    decider: Pick<Decider<State, never, Event>, 'initialState' | 'evolve'>,
    stream: string,
  ): Promise<State> {
    return (await this.#load(decider, stream)).state;
  }

  async #load<State, Event extends DomainEvent>(
    decider: Pick<Decider<State, never, Event>, 'initialState' | 'evolve'>,
    stream: string,
  ): Promise<{ state: State; revision: number | null }> {
    let state = decider.initialState;
    let revision: number | null = null;
    for await (const event of this.readStream(stream)) {
      // A stream holds the events of its decider only.
      state = decider.evolve(state, event as DomainEvent as Event);
      revision = event.revision;
    }
    return { state, revision };
  }
}

function toDomainEvent(recorded: RecordedEvent): RecordedDomainEvent {
  const { id, time, metadata, stream, revision, position } = recorded;
  return { ...todaysShape(recorded), id, time, metadata, stream, revision, position };
}

function todaysShape(recorded: RecordedEvent): DomainEvent {
  try {
    const { type, data } = upcast(recorded);
    return { type, data } as DomainEvent;
  } catch (cause) {
    if (!(cause instanceof UnreadableEventError)) throw cause;
    const { stream, revision, position } = recorded;
    throw new UnreadableEventError(`event ${revision} of ${stream} (position ${position}): ${cause.message}`, {
      cause,
    });
  }
}

/** Not a generator: its `return` must reach the source at once, also while a `next` waits for an event. */
function mapped<From, To>(source: AsyncIterable<From>, map: (value: From) => To): AsyncIterable<To> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = source[Symbol.asyncIterator]();
      const mapResult = (result: IteratorResult<From>): IteratorResult<To> =>
        result.done === true ? { done: true, value: undefined } : { done: false, value: map(result.value) };
      return {
        next: async () => mapResult(await iterator.next()),
        return: async () => {
          await iterator.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
