import { attempt, runId, workerName } from '../../domain/rules.js';
import { malformed, MalformedMessageError, required, utf8 } from './malformed.js';

/** What a worker says of a job that it runs: once that it has begun, then now and again that it is still at it. */
export interface ProgressMessage {
  readonly type: 'started' | 'alive';
  readonly runId: number;
  readonly attempt: number;
  readonly worker: string;
}

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
  if (type !== 'started' && type !== 'alive') throw malformed('type', type, 'started or alive');
  return {
    type,
    runId: required('runId', fields.runId, runId) as number,
    attempt: required('attempt', fields.attempt, attempt) as number,
    worker: required('worker', fields.worker, workerName) as string,
  };
}
