import { DebciError } from '../errors.js';

/**
 * Messages between processes, with the semantics of NATS and JetStream.
 *
 * Subjects are dot-separated tokens (`debci.tests.amd64.lxc`). In a pattern `*` stands for exactly one token,
 * and `>`, only at the end, for one or more. A token is 1 or more of a-z A-Z 0-9 _ - + (no dots, spaces or wildcards).
 *
 * Two ways to receive: `subscribe` (whoever listens now; nothing is kept) and `consume` (from a durable queue that
 * keeps messages until they are acknowledged). A message published to a subject reaches every queue and every
 * subscription that matches it; within a queue (or a queue group) one receiver.
 */
export interface MessageBus {
  readonly capabilities: BusCapabilities;

  /** The state of the connection now. `onStatus` calls back on each change, until the returned function is called. */
  readonly status: BusStatus;
  onStatus(listener: (status: BusStatus) => void): () => void;

  /** How often it met each kind of trouble since it was made. Each is logged too, with the field `trouble`. */
  readonly troubles: Readonly<Record<BusTrouble, number>>;

  /**
   * Makes sure that the queue exists and receives its subjects. Safe to repeat; more subjects add to those it has.
   * @throws QueueMismatchError if it exists with other properties.
   */
  ensureQueue(queue: DurableQueue): Promise<void>;

  /**
   * Resolves when the broker holds the message: on disk, if it reached a durable queue.
   * @throws NoRouteError if `routed` is asked for and no queue takes it.
   * @throws PayloadTooLargeError above `capabilities.maxPayloadBytes`.
   * @throws BusUnavailableError if there is no connection, or it broke before the broker said yes (the message may have arrived).
   */
  publish(subject: string, body: Uint8Array, options?: PublishOptions): Promise<void>;

  /** Receives what is published from now on; messages need no acknowledgement. Resolves when the subscription stands. */
  subscribe(pattern: string, options?: SubscribeOptions): Promise<Subscription>;

  /**
   * Publishes, and waits for one reply. A request that nobody took within its time-out is dropped by the broker, so
   * that one that got an error was not left behind to be carried out later. (One that was already taken may still be.)
   * @throws RequestTimeoutError if none came in time; NoRouteError if nobody takes such requests.
   * @throws BusUnavailableError if there is no connection, or it broke before the reply came.
   */
  request(subject: string, body: Uint8Array, options: RequestOptions): Promise<Message>;

  /**
   * Takes messages from a durable queue, which is made if need be. Survives lost connections. Resolves when it stands;
   * where an exclusive consumer keeps it waiting it resolves at once too, and delivers when its turn comes.
   * @throws QueueMismatchError if the queue exists with other properties.
   */
  consume(queue: DurableQueue, options: ConsumeOptions): Promise<Consumer>;

  /** Stops receiving, lets publishes under way end, and closes the connection. Unacknowledged messages go back. */
  close(): Promise<void>;
}

/** What a transport can do. What it cannot is declared here, not faked. */
export interface BusCapabilities {
  /** Queues outlive the process and a restart of the broker. */
  readonly durable: boolean;
  /** Reaches other processes. */
  readonly distributed: boolean;
  /** How `nak(delay)` waits: by the broker, or in this process, where it stays in flight and a crash ends the wait early. */
  readonly nakDelay: 'broker' | 'client';
  /** The time after which an unacknowledged message goes to another consumer; null: never while the consumer lives. */
  readonly ackWaitMs: number | null;
  /** Whether `working()` prolongs that time; else it does nothing. */
  readonly workingProlongs: boolean;
  /** Redeliveries carry a count; else only whether it is one. */
  readonly deliveryCount: boolean;
  readonly maxPayloadBytes: number;
}

export type BusStatus =
  | { readonly kind: 'connecting' | 'connected' | 'closed' }
  /** Lost; trying again by itself. */
  | { readonly kind: 'reconnecting'; readonly attempt: number; readonly reason: string }
  /** The broker takes nothing for now (RabbitMQ's memory or disk alarm). */
  | { readonly kind: 'blocked'; readonly reason: string }
  /** Given up: retrying cannot help (authentication refused). */
  | { readonly kind: 'failed'; readonly reason: string };

/** What can go wrong between a bus and its broker. All but `access-refused` it gets over by itself. */
export const BUS_TROUBLES = [
  /** No connection could be made: refused, no route, no answer. */
  'unreachable',
  /** The broker ended, or the network did. */
  'connection-lost',
  /** The broker is silent: it hangs, or the network swallows what is sent. */
  'heartbeat-lost',
  /** An alarm: the broker is low on memory or disk, and takes nothing. */
  'blocked',
  /** The broker does not let this user in, or do what it wanted to. */
  'access-refused',
  /** The broker closed a channel: something was against its rules. */
  'channel-closed',
  /** Somebody deleted a queue that is consumed from. */
  'queue-deleted',
  /** Nothing receives a message whose sender asked for that. */
  'unroutable',
] as const;

export type BusTrouble = (typeof BUS_TROUBLES)[number];

/** A queue that keeps messages until they are acknowledged. Its properties are fixed when it is made. */
export interface DurableQueue {
  readonly name: string;
  /** Patterns of what it receives. */
  readonly subjects: readonly string[];
  /** Priorities 0 to this are kept apart, the highest first. Absent: all are equal. */
  readonly maxPriority?: number;
}

/** Names of 1 to 255 bytes, any text as values, at most 64 KiB in all. */
export type Headers = Readonly<Record<string, string>>;

export interface PublishOptions {
  readonly headers?: Headers;
  /** 0 to 10; 0 where absent. */
  readonly priority?: number;
  readonly messageId?: string;
  /** Ask for NoRouteError where nothing receives it. Default: such a message is dropped, as in NATS. */
  readonly routed?: boolean;
}

export interface SubscribeOptions {
  /** One token. Subscriptions of the same group and pattern share the messages: each goes to one of them. */
  readonly group?: string;
  readonly signal?: AbortSignal;
}

export interface RequestOptions {
  readonly timeoutMs: number;
  readonly headers?: Headers;
  readonly messageId?: string;
}

export interface ConsumeOptions {
  /** How many messages may be unacknowledged at once. */
  readonly maxInFlight: number;
  /** No other consumer of the queue may receive while this one lives; a later one waits its turn. */
  readonly exclusive?: boolean;
}

export interface Message {
  readonly subject: string;
  readonly body: Uint8Array;
  readonly headers: Headers;
  readonly messageId: string | null;
  readonly priority: number;
  /** Answers a request. Without one (the sender waits for nothing) it does nothing. */
  respond(body: Uint8Array, headers?: Headers): Promise<void>;
}

/** An iteration that ends when it is closed, its signal aborts, or the bus closes. Leaving a loop over it closes it. */
export interface Subscription extends AsyncIterable<Message> {
  close(): Promise<void>;
}

/** A message of a durable queue. Exactly one of ack, nak and term ends it; what comes after does nothing. */
export interface Delivery extends Message {
  readonly redelivered: boolean;
  /** Done: the queue forgets it. */
  ack(): void;
  /** Not now: it comes again, after the delay if one is given. */
  nak(delayMs?: number): void;
  /** Never again: the queue drops it. */
  term(): void;
  /** Still at it: prolongs `capabilities.ackWaitMs`. */
  working(): void;
}

/**
 * An iteration that ends when it is closed or the bus closes; what was received but not handed out goes back to the
 * queue. Leaving a loop over it closes it. It throws BusAccessError once the bus has failed.
 */
export interface Consumer extends AsyncIterable<Delivery> {
  /** Stops receiving. Deliveries that were handed out can still be acknowledged until the bus closes. */
  close(): Promise<void>;
}

export class BusUnavailableError extends DebciError {
  readonly code: string = 'E_BUS_UNAVAILABLE';
}

/** The broker refused this user, password or certificate. Trying again cannot help. */
export class BusAccessError extends BusUnavailableError {
  override readonly code = 'E_BUS_ACCESS';
}

export class NoRouteError extends DebciError {
  readonly code = 'E_NO_ROUTE';

  constructor(subject: string, options?: { cause?: unknown }) {
    super(`nothing receives ${subject}`, options);
  }
}

/** A queue of this name exists, with other properties than asked for. They cannot be changed: delete it, or use another name. */
export class QueueMismatchError extends DebciError {
  readonly code = 'E_QUEUE_MISMATCH';

  constructor(queue: string, options?: { cause?: unknown }) {
    super(`the queue ${queue} exists with other properties than asked for; delete it, or use another name`, options);
  }
}

export class RequestTimeoutError extends DebciError {
  readonly code = 'E_REQUEST_TIMEOUT';

  constructor(subject: string, timeoutMs: number) {
    super(`no answer to ${subject} within ${timeoutMs / 1000} s`);
  }
}

export class PayloadTooLargeError extends DebciError {
  readonly code = 'E_PAYLOAD_TOO_LARGE';

  constructor(bytes: number, maxBytes: number) {
    super(`a message of ${bytes} bytes is above the ${maxBytes} that the bus carries`);
  }
}

/** A subject or a pattern that is not well formed. */
export class BadSubjectError extends DebciError {
  readonly code = 'E_BAD_SUBJECT';
  override readonly exitCode = 2;

  constructor(subject: string) {
    super(`${JSON.stringify(subject)} is not a subject`);
  }
}
