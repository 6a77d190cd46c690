import { createHash } from 'node:crypto';
import type { Headers } from '../../domain/ports/message-bus.js';
import type { SpoolEntry } from '../../domain/ports/spool.js';
import { ATTEMPT_HEADER, PART_HEADER, PARTS_HEADER, SHA256_HEADER } from './headers.js';

/** Up to this a result is one message: far below what every broker takes. */
export const WHOLE_BYTES = 4 * 1024 * 1024;
/** So small that the dozens which a collector is given at once weigh little in its memory. */
export const PART_BYTES = 1024 * 1024;

export interface ResultMessage {
  readonly body: Uint8Array;
  readonly headers: Headers;
  readonly messageId: string;
}

/** A result as it travels: in one message, or in parts where it is large and its job is of our collector. */
export function* resultMessages({ name, body, headers }: SpoolEntry): Generator<ResultMessage> {
  if (body.byteLength <= WHOLE_BYTES || headers[ATTEMPT_HEADER] === undefined) {
    yield { body, headers, messageId: name };
    return;
  }
  const count = Math.ceil(body.byteLength / PART_BYTES);
  const all = { ...headers, [PARTS_HEADER]: String(count), [SHA256_HEADER]: sha256(body) };
  for (let index = 1; index <= count; index++) {
    yield {
      body: body.subarray((index - 1) * PART_BYTES, index * PART_BYTES),
      headers: { ...all, [PART_HEADER]: String(index) },
      messageId: `${name}/${index}`,
    };
  }
}

function sha256(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex');
}
