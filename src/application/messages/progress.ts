import { attempt, reason, runId, workerName } from '../../domain/rules.js';
import { malformed, MalformedMessageError, required, utf8 } from './malformed.js';

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

function parseObject(body: Uint8Array): Readonly<Record<string, unknown>> {
  const text = utf8('progress', body);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new MalformedMessageError('progress is not JSON', { cause });
  }
  if (typeof value !== 'object' || value === null) throw malformed('progress', value, 'a JSON object');
  return value as Record<string, unknown>;
}

/**
 * Reads what `encodeProgress` wrote; fields it does not know are left out.
 * @throws MalformedMessageError
 */
export function decodeProgress(body: Uint8Array): ProgressMessage {
  const fields = parseObject(body);
  const { type } = fields;
  const common = {
    runId: required('runId', fields.runId, runId) as number,
    attempt: required('attempt', fields.attempt, attempt) as number,
    worker: required('worker', fields.worker, workerName) as string,
  };
  if (type === 'started' || type === 'alive') return { type, ...common };
  if (type === 'released') return { type, ...common, reason: required('reason', fields.reason, reason) as string };
  throw malformed('type', type, 'started, alive or released');
}
