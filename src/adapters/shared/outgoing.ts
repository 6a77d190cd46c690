import { InvalidInputError, type Violation } from '../../domain/errors.js';
import { PayloadTooLargeError, type Headers, type PublishOptions } from '../../domain/ports/message-bus.js';
import { priority } from '../../domain/rules.js';
import { assertSubject } from '../../domain/subjects.js';

const MAX_NAME_BYTES = 255;
const MAX_HEADERS_BYTES = 64 * 1024;

const NAME = `a name of 1 to ${MAX_NAME_BYTES} bytes`;
const VALUE = `text, at most ${MAX_HEADERS_BYTES / 1024} KiB in all`;

/**
 * Refuses what some transport could not carry, so that all refuse the same.
 * @throws BadSubjectError, PayloadTooLargeError or InvalidInputError
 */
export function checkOutgoing(subject: string, body: Uint8Array, options: PublishOptions, maxBytes: number): void {
  assertSubject(subject);
  checkContent(body, options, maxBytes);
}

/** The same for a reply, which has no subject of ours. */
export function checkContent(body: Uint8Array, options: PublishOptions, maxBytes: number): void {
  if (body.length > maxBytes) throw new PayloadTooLargeError(body.length, maxBytes);
  const violations = [...checkOptions(options), ...checkHeaders(options.headers ?? {})];
  if (violations.length > 0) throw new InvalidInputError(violations);
}

function* checkOptions(options: PublishOptions): Iterable<Violation> {
  if (options.priority !== undefined && !priority.accepts(options.priority)) {
    yield { field: 'priority', value: options.priority, allowed: priority.allowed };
  }
  if (options.messageId !== undefined && !isName(options.messageId)) {
    yield { field: 'message id', value: options.messageId, allowed: NAME };
  }
}

function* checkHeaders(headers: Headers): Iterable<Violation> {
  let bytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    // amqplib decodes headers into a plain object, where this name sets nothing.
    if (!isName(name) || name === '__proto__') yield { field: 'header', value: name, allowed: NAME };
    if (!value.isWellFormed()) yield { field: `header ${name}`, value, allowed: VALUE };
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
  }
  if (bytes > MAX_HEADERS_BYTES) yield { field: 'headers', value: `${bytes} bytes`, allowed: VALUE };
}

function isName(text: string): boolean {
  return text.length > 0 && text.isWellFormed() && Buffer.byteLength(text) <= MAX_NAME_BYTES;
}
