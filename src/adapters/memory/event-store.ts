import {
  StoreUnavailableError,
  WrongRevisionError,
  type AppendResult,
  type EventBatch,
  type EventFilter,
  type EventStore,
  type ExpectedRevision,
  type NewEvent,
  type Position,
  type ReadAllOptions,
  type ReadStreamOptions,
  type RecordedEvent,
  type SubscribeOptions,
} from '../../domain/ports/event-store.js';
import { checkEvents, firstAnswer, isExpected, takenId } from '../shared/append-rules.js';
import { CommitSignal } from '../shared/commit-signal.js';
import { follow } from '../shared/follow.js';
import { formatPosition, parsePosition } from '../shared/positions.js';

const BATCH = 500;

/** The log in this process's memory, for tests. Gone when the process ends. */
export class MemoryEventStore implements EventStore {
  /** Position n at index n - 1. */
  readonly #log: RecordedEvent[] = [];
  readonly #streams = new Map<string, RecordedEvent[]>();
  readonly #ids = new Map<string, RecordedEvent>();
  readonly #commits = new CommitSignal();
  #closed = false;

  // The port's promise rejects where this throws.
  // eslint-disable-next-line @typescript-eslint/require-await
  async append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<AppendResult> {
    this.#checkOpen();
    checkEvents(events);
    const find = (id: string): RecordedEvent | undefined => this.#ids.get(id.toLowerCase());
    const actual = this.#head(stream);
    const repeated = firstAnswer(find, stream, events, expected);
    if (repeated !== undefined) return repeated;
    if (!isExpected(expected, actual)) throw new WrongRevisionError(stream, expected, actual);
    const ids = new Set(events.map((event) => event.id.toLowerCase()));
    if (ids.size < events.length || events.some((event) => find(event.id) !== undefined)) throw takenId(events);
    return this.#record(stream, events);
  }

  async *readStream(stream: string, options: ReadStreamOptions = {}): AsyncGenerator<RecordedEvent> {
    this.#checkOpen();
    const { direction = 'forwards', from, limit = Infinity } = options;
    const events = [...(this.#streams.get(stream) ?? [])];
    const ordered = direction === 'forwards' ? events : events.reverse();
    const passes = (event: RecordedEvent): boolean =>
      from === undefined || (direction === 'forwards' ? event.revision >= from : event.revision <= from);
    yield* this.#handOut(ordered.filter(passes), limit);
  }

  async *readAll(options: ReadAllOptions = {}): AsyncGenerator<RecordedEvent> {
    this.#checkOpen();
    const { direction = 'forwards', after, limit = Infinity, filter } = options;
    const place = after === undefined ? undefined : parsePosition(after);
    const events = direction === 'forwards' ? this.#log.slice(place) : this.#log.slice(0, place && place - 1).reverse();
    yield* this.#handOut(events.filter(passesFilter(filter)), limit);
  }

  subscribe(options: SubscribeOptions = {}): AsyncIterable<EventBatch> {
    this.#checkOpen();
    const { after = 'start', filter, signal } = options;
    const passes = passesFilter(filter);
    const tail = {
      readAfter: (position: Position | null) => this.#readAfter(position, passes),
      commits: this.#commits,
      isClosed: () => this.#closed,
    };
    return follow(tail, after === 'start' ? null : after === 'end' ? this.#last() : after, signal);
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  async lastPosition(): Promise<Position | null> {
    this.#checkOpen();
    return this.#last();
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#commits.ring();
    return Promise.resolve();
  }

  #checkOpen(): void {
    if (this.#closed) throw new StoreUnavailableError('the event store is closed');
  }

  #head(stream: string): number | null {
    return this.#streams.get(stream)?.at(-1)?.revision ?? null;
  }

  #last(): Position | null {
    return this.#log.at(-1)?.position ?? null;
  }

  #record(stream: string, events: readonly NewEvent[]): AppendResult {
    const own = this.#streams.get(stream) ?? [];
    for (const event of events.map(copy)) {
      const recorded = { ...event, stream, revision: own.length, position: formatPosition(this.#log.length + 1) };
      own.push(recorded);
      this.#log.push(recorded);
      this.#ids.set(recorded.id, recorded);
    }
    this.#streams.set(stream, own);
    this.#commits.ring();
    return { revision: own.length - 1, position: formatPosition(this.#log.length) };
  }

  async *#handOut(events: readonly RecordedEvent[], limit: number): AsyncGenerator<RecordedEvent> {
    for (const event of events.slice(0, limit)) {
      this.#checkOpen();
      await Promise.resolve();
      yield copy(event);
    }
  }

  #readAfter(position: Position | null, passes: (event: RecordedEvent) => boolean): EventBatch {
    const from = position === null ? 0 : parsePosition(position);
    const events = this.#log.slice(from, from + BATCH);
    return {
      events: events.filter(passes).map(copy),
      position: events.at(-1)?.position ?? position,
      caughtUp: from + events.length >= this.#log.length,
    };
  }
}

/** Nobody shares an object with the log: what JSON keeps of an event is copied in and out. */
function copy<Event extends NewEvent>(event: Event): Event {
  const { data, metadata } = JSON.parse(JSON.stringify(event)) as NewEvent;
  return { ...event, id: event.id.toLowerCase(), data, metadata };
}

function passesFilter({ types, streamPrefixes }: EventFilter = {}): (event: RecordedEvent) => boolean {
  return ({ type, stream }) =>
    (types?.includes(type) ?? true) && (streamPrefixes?.some((prefix) => stream.startsWith(prefix)) ?? true);
}
