import {
  ANY,
  MaxAppendSizeExceededError,
  NO_STREAM,
  WrongExpectedVersionError,
  type AppendExpectedRevision,
  type EventData,
  type EventStoreDBClient,
} from '@eventstore/db-client';

import {
  EventTooLargeError,
  WrongRevisionError,
  type ExpectedRevision,
  type NewEvent,
  type Position,
} from '../../domain/ports/event-store.js';
import { isExhausted } from './errors.js';
import { toOutgoing } from './events.js';
import { formatPosition } from './positions.js';
import { within } from './retry.js';

/** Of a server that says nothing else: 1 MiB. Smaller appends are not what the gRPC layer refused. */
const LEAST_LIMIT_BYTES = 1024 * 1024;

/** An append as it goes to the server, as often as need be. */
export interface Append {
  readonly stream: string;
  readonly events: EventData[];
  readonly expected: ExpectedRevision;
  readonly bytes: number;
}

interface Written {
  /** Of the last event. */
  readonly revision: number;
  /** Of the last event, where that is known for sure. */
  readonly position: Position | null;
}

export function toAppend(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Append {
  const outgoing = events.map(toOutgoing);
  const bytes = outgoing.reduce((sum, one) => sum + one.bytes, 0);
  return { stream, events: outgoing.map(({ event }) => event), expected, bytes };
}

/** @throws what the port says, or the client's error where it may be tried again. */
export async function appendOnce(client: EventStoreDBClient, append: Append, deadlineMs: number): Promise<Written> {
  const { stream, events, expected } = append;
  const expectedRevision = serversExpectation(expected);
  try {
    const appended = client.appendToStream(stream, events, { expectedRevision, requiresLeader: true });
    const { nextExpectedRevision, position } = await within(deadlineMs, appended);
    const isSure = events.length === 1 && position !== undefined;
    return { revision: Number(nextExpectedRevision), position: isSure ? formatPosition(position) : null };
  } catch (error) {
    throw refusal(append, error) ?? error;
  }
}

function serversExpectation(expected: ExpectedRevision): AppendExpectedRevision {
  if (expected === 'any') return ANY;
  return expected === 'none' ? NO_STREAM : BigInt(expected);
}

/** Our error, where the server took the append for what it is, and said no. */
function refusal({ stream, expected, bytes }: Append, cause: unknown): Error | undefined {
  if (cause instanceof WrongExpectedVersionError) {
    const actual = typeof cause.actualVersion === 'bigint' ? Number(cause.actualVersion) : null;
    return new WrongRevisionError(stream, expected, actual, { cause });
  }
  if (cause instanceof MaxAppendSizeExceededError) {
    return new EventTooLargeError(stream, bytes, cause.maxAppendSize, { cause });
  }
  if (isExhausted(cause) && bytes > LEAST_LIMIT_BYTES) return new EventTooLargeError(stream, bytes, null, { cause });
  return undefined;
}
