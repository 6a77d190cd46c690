import { DebciError } from '../errors.js';

/**
 * The log. Streams of events, and one order over all of them.
 *
 * - An append is atomic: all of its events or none, next to each other in their stream.
 * - Appending the same event ids again where they already stand is answered like the first time.
 * - What append resolved for is durable, and is seen by every reader from then on.
 */
export interface EventStore {
  /**
   * @throws WrongRevisionError where the stream is not as expected; nothing is written.
   * @throws StoreUnavailableError where the store could not be reached or written; whether the events were written is unknown.
   * @throws EventTooLargeError, StoreDeniedError where the store has limits or users; nothing is written.
   */
  append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<AppendResult>;

  /** A stream's events in order; none for a stream that does not exist. */
  readStream(stream: string, options?: ReadStreamOptions): AsyncIterable<RecordedEvent>;

  /** All events in the log's order, up to where the log ends now. */
  readAll(options?: ReadAllOptions): AsyncIterable<RecordedEvent>;

  /**
   * All events from a position on, then each new one as it comes, until the signal aborts (the iteration then just ends).
   * Reads on only as fast as it is read from. Dropped connections are mended inside, with nothing lost or doubled.
   */
  subscribe(options?: SubscribeOptions): AsyncIterable<EventBatch>;

  /** The position of the log's last event; null for an empty log. */
  lastPosition(): Promise<Position | null>;

  /** Ends open subscriptions, waits for appends under way, and lets go of all resources. */
  close(): Promise<void>;
}

/**
 * A place in the log. Opaque, but ordered: a plain string comparison of two positions of one log gives their order.
 */
export type Position = string & { readonly __brand: 'Position' };

/** Who did it, and by what it was caused. */
export interface EventMetadata {
  /** `user:…`, `worker:…`, `collector`. */
  readonly actor: string;
  /** The message or event that made this one happen. */
  readonly causationId: string | null;
  /** Shared by all that one request made happen. */
  readonly correlationId: string | null;
  /** For TestEnqueued: the how-manieth job of its request this is, from 0; so that a request that comes twice is answered once. */
  readonly requestIndex?: number;
}

export interface NewEvent {
  /** UUID, given by the writer. */
  readonly id: string;
  readonly type: string;
  readonly schemaVersion: number;
  /** ISO 8601, UTC, milliseconds; by the writer's clock. */
  readonly time: string;
  readonly data: object;
  readonly metadata: EventMetadata;
}

export interface RecordedEvent extends NewEvent {
  readonly stream: string;
  /** The event's number in its stream, from 0. */
  readonly revision: number;
  readonly position: Position;
}

/** `any`: no matter; `none`: there must be no such stream yet; a number: the revision of the stream's last event. */
export type ExpectedRevision = 'any' | 'none' | number;

export interface AppendResult {
  /** Of the last event appended. */
  readonly revision: number;
  readonly position: Position;
}

export interface ReadStreamOptions {
  readonly direction?: 'forwards' | 'backwards';
  /** First revision to read; default the stream's first, or backwards its last. */
  readonly from?: number;
  readonly limit?: number;
}

/** Events that pass: of one of these types, and in a stream that begins with one of these prefixes. Absent: all. */
export interface EventFilter {
  readonly types?: readonly string[];
  readonly streamPrefixes?: readonly string[];
}

export interface ReadAllOptions {
  readonly direction?: 'forwards' | 'backwards';
  /** Read what comes after (backwards: before) this position, itself excluded. Default: from the start (backwards: the end). */
  readonly after?: Position;
  readonly limit?: number;
  readonly filter?: EventFilter;
}

export interface SubscribeOptions {
  /** Begin after this position, itself excluded; `start`: with the first event; `end`: with what comes from now on. Default `start`. */
  readonly after?: Position | 'start' | 'end';
  readonly filter?: EventFilter;
  readonly signal?: AbortSignal;
}

/** What a subscription hands over at once. */
export interface EventBatch {
  /** May be empty: then only the position has moved, past events that the filter holds back, or the log's end was reached. */
  readonly events: readonly RecordedEvent[];
  /** Go on from here: at least the position of the last of `events`. Null only while the log holds nothing. */
  readonly position: Position | null;
  /** True where the log held nothing more when the batch was read. The first true marks the change from catching up to live. */
  readonly caughtUp: boolean;
}

/** Someone else wrote to the stream first. Read it again and decide anew. */
export class WrongRevisionError extends DebciError {
  readonly code = 'E_WRONG_REVISION';

  constructor(
    readonly stream: string,
    readonly expected: ExpectedRevision,
    /** The revision of the stream's last event, null where there is no such stream. */
    readonly actual: number | null,
    options?: { cause?: unknown },
  ) {
    super(`${stream} is at revision ${actual ?? 'none'}, not at ${expected}`, options);
  }
}

/** The store cannot be reached, opened or written. */
export class StoreUnavailableError extends DebciError {
  readonly code = 'E_STORE_UNAVAILABLE';
}

/** The store knows us not, or forbids it. Trying again is of no use. */
export class StoreDeniedError extends DebciError {
  readonly code = 'E_STORE_DENIED';
}

/** The store takes no append of this size; nothing was written. */
export class EventTooLargeError extends DebciError {
  readonly code = 'E_EVENT_TOO_LARGE';

  constructor(
    readonly stream: string,
    readonly bytes: number,
    /** The store's limit for one append; null where it does not say. */
    readonly maxBytes: number | null,
    options?: { cause?: unknown },
  ) {
    const limit = maxBytes === null ? '' : ` (${maxBytes} bytes)`;
    super(`an append of ${bytes} bytes to ${stream} is more than the event store takes${limit}`, options);
  }
}
