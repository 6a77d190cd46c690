import type { Headers } from '../../domain/ports/message-bus.js';
import type { PartKey } from '../../domain/ports/part-store.js';
import * as rules from '../../domain/rules.js';
import { required } from './malformed.js';

/** What our messages carry beyond Debian's; Debian's programs neither send nor read it. */
export const ATTEMPT_HEADER = 'debci-attempt';
export const WORKER_HEADER = 'debci-worker';

/** Of a part of a result: of which run, the how-manieth (from 1) of how many, and the SHA-256 of the whole. */
export const RUN_ID_HEADER = 'debci-run-id';
export const PART_HEADER = 'debci-part';
export const PARTS_HEADER = 'debci-parts';
export const SHA256_HEADER = 'debci-sha256';

/** Of a dead letter: its name, why and when it died, and the queue and subject that it came by. */
export const DEAD_ID_HEADER = 'debci-dead-id';
export const DEAD_REASON_HEADER = 'debci-dead-reason';
export const DEAD_TIME_HEADER = 'debci-dead-time';
export const DEAD_QUEUE_HEADER = 'debci-dead-queue';
export const DEAD_SUBJECT_HEADER = 'debci-dead-subject';
/** Its size. What is kept of it may be less. */
export const DEAD_BYTES_HEADER = 'debci-dead-bytes';

/** A result has at most so many parts. */
export const MAX_PARTS = 256;

function numberOf(headers: Headers, name: string, rule: rules.Rule): number {
  const text = headers[name];
  return required(name, text !== undefined && /^[0-9]{1,16}$/.test(text) ? Number(text) : text, rule) as number;
}

/**
 * Which attempt a dispatch or a result belongs to; null where the sender (Debian's) does not count attempts.
 * @throws MalformedMessageError where it is no attempt.
 */
export function attemptOf(headers: Headers): number | null {
  return headers[ATTEMPT_HEADER] === undefined ? null : numberOf(headers, ATTEMPT_HEADER, rules.attempt);
}

/** Who made which attempt at which run. */
export interface Sender {
  readonly runId: number;
  readonly attempt: number;
  readonly worker: string;
}

/**
 * Whose result this is, as its headers say; null where they do not (Debian's).
 * @throws MalformedMessageError where they do not say it rightly.
 */
export function senderOf(headers: Headers): Sender | null {
  const attempt = attemptOf(headers);
  const worker = headers[WORKER_HEADER];
  if (attempt === null || worker === undefined || headers[RUN_ID_HEADER] === undefined) return null;
  return {
    runId: numberOf(headers, RUN_ID_HEADER, rules.runId),
    attempt,
    worker: required(WORKER_HEADER, worker, rules.workerName),
  };
}

/**
 * Which part of a result this is; null where it is a whole one.
 * @throws MalformedMessageError where it does not say so rightly.
 */
export function partOf(headers: Headers): PartKey | null {
  if (headers[PART_HEADER] === undefined) return null;
  const count = numberOf(headers, PARTS_HEADER, rules.integer(1, MAX_PARTS));
  const index = numberOf(headers, PART_HEADER, rules.integer(1, count));
  return { index, count, sha256: required(SHA256_HEADER, headers[SHA256_HEADER], rules.sha256) };
}
