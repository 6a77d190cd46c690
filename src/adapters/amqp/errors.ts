import { DebciError } from '../../domain/errors.js';
import { BusAccessError, BusUnavailableError } from '../../domain/ports/message-bus.js';

/** Another consumer has the queue for itself. Comes to an end by itself. */
export class QueueTakenError extends Error {}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name cannot be resolved now',
  ETIMEDOUT: 'no answer in time',
};

/** What RabbitMQ says to a wrong user or password. */
const LOGIN_REFUSED = /\b403 \(ACCESS[-_]REFUSED\)/;
/** All that amqplib tells of a virtual host that is not opened; RabbitMQ's words are lost, and with them whether it may be later. */
const VHOST_REFUSED = 'Expected ConnectionOpenOk';
const VHOST_REASON = 'the virtual host is not there, is down, or is not open to this user (see the log of the broker)';
/** What a TLS server says to a certificate that it does not take. */
const CERTIFICATE_REFUSED =
  /_ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|ACCESS_DENIED|CERTIFICATE_(REQUIRED|REVOKED|EXPIRED|UNKNOWN)|HANDSHAKE_FAILURE)$/;

/** An attempt to connect failed. `label` has no password, and neither have amqplib's own messages. */
export function connectError(label: string, error: unknown): BusUnavailableError {
  const refused = LOGIN_REFUSED.test(messageOf(error)) || CERTIFICATE_REFUSED.test(codeOf(error));
  const text = `${label}: ${reasonOf(error)}`;
  if (refused) return new BusAccessError(`no access to ${text}`, { cause: error });
  return new BusUnavailableError(`cannot reach ${text}`, { cause: error });
}

/** The broker missed two heartbeats. */
export function isSilence(error: unknown): boolean {
  return messageOf(error).includes('Heartbeat timeout');
}

/** In words. Errors of the network carry codes, some of them nothing else. */
export function reasonOf(error: unknown): string {
  if (messageOf(error).includes(VHOST_REFUSED)) return VHOST_REASON;
  return REASONS[codeOf(error)] ?? (messageOf(error) || codeOf(error) || 'unknown reason');
}

/** An AMQP reply code (403 …), by which the broker closed a channel or a connection; else undefined. */
export function replyCode(error: unknown): number | undefined {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'number' ? code : undefined;
}

export const ACCESS_REFUSED = 403;
export const RESOURCE_LOCKED = 405;
export const PRECONDITION_FAILED = 406;

/** An operation on a channel failed. `task` completes "could not …". */
export function channelError(label: string, task: string, error: unknown): Error {
  if (error instanceof DebciError || error instanceof QueueTakenError) return error;
  const code = replyCode(error);
  if (code === undefined) return lostError(label, error);
  if (code !== ACCESS_REFUSED) {
    return new BusUnavailableError(`could not ${task} at ${label}: ${messageOf(error)}`, { cause: error });
  }
  if (messageOf(error).includes('in exclusive use')) return new QueueTakenError(messageOf(error), { cause: error });
  return new BusAccessError(`this user may not ${task} at ${label}: ${messageOf(error)}`, { cause: error });
}

export function lostError(label: string, error: unknown): BusUnavailableError {
  return new BusUnavailableError(`lost the connection to ${label}: ${reasonOf(error)}`, { cause: error });
}

export function closedError(): BusUnavailableError {
  return new BusUnavailableError('the bus is closed');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}
