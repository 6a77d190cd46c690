import * as rules from '../../domain/rules.js';
import { ProgressInput } from '../input/progress-input.js';
import { MalformedMessageError, required, utf8, wellFormed } from './malformed.js';

interface Said {
  readonly runId: number;
  readonly attempt: number;
  readonly worker: string;
}

/** What a worker says of a job that it took. */
export type ProgressMessage =
  /** It has begun. */
  | (Said & { readonly type: 'started' })
  /** It is still at it; said now and again. */
  | (Said & { readonly type: 'alive' })
  /** It gives the job back: it was told to stop, or cannot run it. */
  | (Said & { readonly type: 'released'; readonly reason: string });

/** The message as JSON. */
export function encodeProgress(message: ProgressMessage): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(message));
}

function parseObject(body: Uint8Array): Partial<Record<keyof ProgressInput, unknown>> {
  const text = utf8('progress', body);
  try {
    return Object(JSON.parse(text)) as object;
  } catch (cause) {
    throw new MalformedMessageError('progress is not JSON', { cause });
  }
}

/**
 * Reads what `encodeProgress` wrote; fields it does not know are left out.
 * @throws MalformedMessageError
 */
export function decodeProgress(body: Uint8Array): ProgressMessage {
  const fields = parseObject(body);
  const known = ['type', 'runId', 'attempt', 'worker', 'reason'] as const;
  const input = wellFormed(ProgressInput, Object.fromEntries(known.map((name) => [name, fields[name]])));
  const { type, reason, ...said } = input;
  return type === 'released' ? { type, ...said, reason: required('reason', reason, rules.reason) } : { type, ...said };
}
