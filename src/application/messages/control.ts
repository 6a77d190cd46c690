import * as rules from '../../domain/rules.js';
import { Follows } from '../input/checked.js';
import { MalformedMessageError, utf8, wellFormed } from './malformed.js';

/** Collector to all workers: the run needs no more work. */
export const UNWANTED_SUBJECT = 'debci.unwanted';
/** Worker to collector, answered: is work on this attempt of the run still wanted? */
export const WANTED_SUBJECT = 'debci.wanted';

/** An attempt at a run and who makes it; null: whichever there is, whoever it is. */
export class AttemptKey {
  @Follows(rules.runId)
  runId!: number;

  @Follows(rules.attempt, { optional: true })
  attempt: number | null = null;

  @Follows(rules.workerName, { optional: true })
  worker: string | null = null;
}

export function encodeAttempt(key: Pick<AttemptKey, 'runId'> & Partial<AttemptKey>): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(key));
}

/** @throws MalformedMessageError */
export function decodeAttempt(body: Uint8Array): AttemptKey {
  return wellFormed(AttemptKey, parse(body));
}

const YES = 'yes';

export function encodeAnswer(wanted: boolean): Uint8Array {
  return new TextEncoder().encode(wanted ? YES : 'no');
}

export function decodeAnswer(body: Uint8Array): boolean {
  return utf8('answer', body) === YES;
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(utf8('attempt', body));
  } catch (cause) {
    if (cause instanceof MalformedMessageError) throw cause;
    throw new MalformedMessageError('attempt is not JSON', { cause });
  }
}
