import {
  AccessDeniedError,
  isCommandError,
  MaxAppendSizeExceededError,
  StreamDeletedError,
  StreamNotFoundError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';

import { DebciError } from '../../domain/errors.js';
import { StoreDeniedError, StoreUnavailableError } from '../../domain/ports/event-store.js';

/** What waiting does not mend. Anything else the client throws is the network, a server that restarts, an election. */
const PERMANENT = [
  AccessDeniedError,
  MaxAppendSizeExceededError,
  StreamDeletedError,
  StreamNotFoundError,
  WrongExpectedVersionError,
];
/** gRPC's status codes. */
const PERMISSION_DENIED = 7;
const RESOURCE_EXHAUSTED = 8;

export function isPermanent(error: unknown): boolean {
  if (error instanceof DebciError) return !(error instanceof StoreUnavailableError);
  return PERMANENT.some((type) => error instanceof type) || statusOf(error) === PERMISSION_DENIED;
}

/** The server's gRPC layer takes no message of this size. All that wait on the same connection get this error. */
export function isExhausted(error: unknown): boolean {
  return statusOf(error) === RESOURCE_EXHAUSTED;
}

function statusOf(error: unknown): number | undefined {
  return error instanceof Error && isCommandError(error) ? error.code : undefined;
}

/** Our error for one of the client's; any other of ours passes as it is. */
export function translated(error: unknown): DebciError {
  if (error instanceof DebciError) return error;
  if (error instanceof AccessDeniedError || statusOf(error) === PERMISSION_DENIED) {
    return new StoreDeniedError('the event store denies access; user, password or rights are wrong', { cause: error });
  }
  if (error instanceof StreamDeletedError) {
    return new StoreUnavailableError(`stream ${error.streamName} was deleted from the event store`, { cause: error });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new StoreUnavailableError(`the event store does not answer: ${reason}`, { cause: error });
}
