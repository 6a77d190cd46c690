import { setMaxListeners } from 'node:events';

import type { AllStreamResolvedEvent, EventStoreDBClient, StreamingRead } from '@eventstore/db-client';

import { InvalidInputError } from '../../domain/errors.js';
import {
  StoreUnavailableError,
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
import type { Logger } from '../../domain/ports/logger.js';
import { checkEvents } from '../shared/append-rules.js';
import { appendOnce, toAppend, type Append } from './append.js';
import { newClient } from './client.js';
import type { Connection } from './connection-url.js';
import { passesFilter } from './filters.js';
import { parsePosition } from './positions.js';
import { resumed, type ReadLimits } from './reads.js';
import { PATIENCE_MS, retried } from './retry.js';
import { Subscription } from './subscription.js';

/** How many of the log's last records are looked at for the last event of ours, one try after the other. */
const LAST_RECORDS = [1, 16, 256, Infinity];

export interface EventStoreDbOptions {
  readonly logger?: Logger;
  /** How long appends and reads are tried again, in milliseconds. */
  readonly patienceMs?: number;
}

/**
 * The log on an EventStoreDB or KurrentDB server or cluster (23.10 or later), all of it debci's.
 *
 * - Every call asks the leader, so that what was appended is seen by all, unless the connection prefers other nodes:
 *   then reads and subscriptions may lag.
 * - What the network breaks is tried again: appends carry their events' ids, and the server answers a repetition like the first.
 * - The server's own streams and events ($…) are passed over.
 */
export class EventStoreDbEventStore implements EventStore {
  readonly #client: EventStoreDBClient;
  readonly #readsRequireLeader: boolean;
  readonly #limits: ReadLimits;
  readonly #logger: Logger | undefined;
  readonly #closed = new AbortController();
  readonly #appends = new Set<Promise<unknown>>();
  #first: Promise<void> | null = null;

  private constructor(connection: Connection, { logger, patienceMs = PATIENCE_MS }: EventStoreDbOptions) {
    this.#client = newClient(connection);
    // Each open subscription listens to it.
    setMaxListeners(0, this.#closed.signal);
    this.#readsRequireLeader = connection.nodePreference === 'leader';
    this.#limits = { deadlineMs: connection.defaultDeadline, patienceMs };
    this.#logger = logger;
  }

  /**
   * Connects with the first call.
   * @throws StoreUnavailableError where a certificate cannot be read.
   */
  static open(connection: Connection, options: EventStoreDbOptions = {}): EventStoreDbEventStore {
    return new EventStoreDbEventStore(connection, options);
  }

  /** @throws besides what the port says, InvalidInputError for a stream that would be the server's own. */
  async append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<AppendResult> {
    this.#checkOpen();
    checkEvents(events);
    if (stream === '' || stream.startsWith('$')) {
      throw new InvalidInputError([{ field: 'stream', value: stream, allowed: 'a name that does not begin with $' }]);
    }
    const append = toAppend(stream, events, expected);
    const result = this.#inOrder(() => this.#append(append));
    this.#appends.add(result);
    try {
      return await result;
    } finally {
      this.#appends.delete(result);
    }
  }

  async *readStream(stream: string, options: ReadStreamOptions = {}): AsyncGenerator<RecordedEvent> {
    this.#checkOpen();
    const { direction = 'forwards', from, limit = Infinity } = options;
    if (limit <= 0) return;
    const first = direction === 'backwards' && from !== undefined ? await this.#atMostHead(stream, from) : from;
    yield* this.#stream(stream, direction, first, limit);
  }

  async *readAll(options: ReadAllOptions = {}): AsyncGenerator<RecordedEvent> {
    this.#checkOpen();
    const { direction = 'forwards', after, limit = Infinity, filter } = options;
    if (after !== undefined) parsePosition(after);
    const passes = passesFilter(filter);
    let left = limit;
    if (left <= 0) return;
    for await (const event of direction === 'forwards' ? this.#forwards(options) : this.#all('backwards', after)) {
      if (!passes(event)) continue;
      yield event;
      if (--left <= 0) return;
    }
  }

  subscribe(options: SubscribeOptions = {}): AsyncIterable<EventBatch> {
    this.#checkOpen();
    const { after = 'start', filter, signal } = options;
    return {
      [Symbol.asyncIterator]: () =>
        new Subscription({
          source: {
            client: this.#client,
            requiresLeader: this.#readsRequireLeader,
            deadlineMs: this.#limits.deadlineMs,
          },
          filter,
          start: this.#start(after),
          lastPosition: () => this.lastPosition(),
          ends: signal === undefined ? [this.#closed.signal] : [this.#closed.signal, signal],
          logger: this.#logger,
        }),
    };
  }

  async lastPosition(): Promise<Position | null> {
    this.#checkOpen();
    for (const records of LAST_RECORDS) {
      for await (const { position } of this.#all('backwards', undefined, records)) return position;
    }
    return null;
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await Promise.allSettled(this.#appends);
    await this.#client.dispose();
  }

  /** While the client opens its way for appends, later ones could overtake the first; so they wait for that. */
  #inOrder(append: () => Promise<AppendResult>): Promise<AppendResult> {
    if (this.#first !== null) return this.#first.then(append);
    const result = append();
    this.#first = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  async #append(append: Append): Promise<AppendResult> {
    const { deadlineMs, patienceMs } = this.#limits;
    const { revision, position } = await retried(() => appendOnce(this.#client, append, deadlineMs), patienceMs);
    return this.#answer(append.stream, revision, position);
  }

  #checkOpen(): void {
    if (this.#closed.signal.aborted) throw new StoreUnavailableError('the event store is closed');
  }

  /** The server does not say of which of several events the position is, nor any position of some repetitions. */
  async #answer(stream: string, revision: number, position: Position | null): Promise<AppendResult> {
    if (position !== null) return { revision, position };
    for await (const event of this.#stream(stream, 'forwards', revision, 1))
      return { revision, position: event.position };
    throw new StoreUnavailableError(`event ${revision} of ${stream} was written, and cannot be read`);
  }

  #start(after: Position | 'start' | 'end'): () => Promise<Position | null> {
    if (after === 'start') return () => Promise.resolve(null);
    if (after !== 'end') return () => Promise.resolve(after);
    const now = this.lastPosition();
    now.catch(() => undefined);
    return () => now.catch(() => this.lastPosition());
  }

  async #atMostHead(stream: string, from: number): Promise<number> {
    for await (const { revision } of this.#stream(stream, 'backwards', undefined, 1)) return Math.min(from, revision);
    return from;
  }

  /** Up to where the log ends now; where there is a filter, the server holds back what does not pass. */
  async *#forwards({ after, filter }: ReadAllOptions): AsyncGenerator<RecordedEvent> {
    const end = await this.lastPosition();
    if (end === null || (after !== undefined && after >= end)) return;
    const events = filter === undefined ? this.#all('forwards', after) : this.#passing(filter, after ?? 'start', end);
    for await (const event of events) {
      if (event.position <= end) yield event;
      if (event.position >= end) return;
    }
  }

  /** Reads on until the server has looked at everything up to the end. */
  async *#passing(filter: EventFilter, after: Position | 'start', end: Position): AsyncGenerator<RecordedEvent> {
    for await (const { events, position } of this.subscribe({ after, filter })) {
      yield* events;
      if (position !== null && position >= end) return;
    }
    this.#checkOpen();
  }

  async *#stream(
    stream: string,
    direction: 'forwards' | 'backwards',
    from: number | undefined,
    limit: number,
  ): AsyncGenerator<RecordedEvent> {
    let left = limit;
    const open = (last: RecordedEvent | null) => {
      const revision = last?.revision ?? from;
      return this.#client.readStream(stream, {
        direction,
        requiresLeader: this.#readsRequireLeader,
        // The last one comes again.
        maxCount: atMost(last === null ? left : left + 1),
        fromRevision: revision !== undefined ? BigInt(revision) : direction === 'forwards' ? 'start' : 'end',
      });
    };
    const goesOn = (last: RecordedEvent, { revision }: RecordedEvent): boolean =>
      direction === 'forwards' ? revision > last.revision : revision < last.revision;
    for await (const event of resumed(open, goesOn, this.#limits)) {
      left--;
      yield event;
      if (left <= 0) return;
    }
  }

  /** Without the event at `after`, whether or not the server gives it. */
  async *#all(
    direction: 'forwards' | 'backwards',
    after: Position | undefined,
    records = Infinity,
  ): AsyncGenerator<RecordedEvent> {
    const open = (last: RecordedEvent | null): StreamingRead<AllStreamResolvedEvent> => {
      const position = last?.position ?? after;
      return this.#client.readAll({
        direction,
        requiresLeader: this.#readsRequireLeader,
        maxCount: atMost(records),
        fromPosition: position !== undefined ? parsePosition(position) : direction === 'forwards' ? 'start' : 'end',
      });
    };
    const lies = (event: Position, behind: Position): boolean =>
      direction === 'forwards' ? event > behind : event < behind;
    for await (const event of resumed(open, (last, { position }) => lies(position, last.position), this.#limits)) {
      if (after === undefined || lies(event.position, after)) yield event;
    }
  }
}

function atMost(count: number): number {
  return Math.min(count, Number.MAX_SAFE_INTEGER);
}
