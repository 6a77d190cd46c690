import { DebciError, InvalidInputError } from '../../domain/errors.js';
import type { Rule } from '../../domain/rules.js';
import { checked } from '../input/checked.js';

/** A message that is not what its queue carries. It will never be: it is the receiver's to drop it or set it aside. */
export class MalformedMessageError extends DebciError {
  readonly code = 'E_MALFORMED_MESSAGE';
}

/** Refuses a part of a message, in the words that all boundaries use. */
export function malformed(field: string, value: unknown, allowed: string): MalformedMessageError {
  const cause = new InvalidInputError([{ field, value, allowed }]);
  return new MalformedMessageError(cause.message, { cause });
}

/**
 * The value, if it is there and its rule accepts it.
 * @throws MalformedMessageError
 */
export function required<Value>(field: string, value: Value, rule: Rule): NonNullable<Value> {
  if (value === undefined || value === null || !rule.accepts(value)) throw malformed(field, value, rule.allowed);
  return value;
}

/**
 * What a message says, checked as every input is.
 * @throws MalformedMessageError
 */
export function wellFormed<T extends object>(Class: new () => T, plain: unknown): T {
  try {
    return checked(Class, plain);
  } catch (cause) {
    if (!(cause instanceof InvalidInputError)) throw cause;
    throw new MalformedMessageError(cause.message, { cause });
  }
}

/**
 * Bytes as text.
 * @throws MalformedMessageError where they are not UTF-8.
 */
export function utf8(field: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new MalformedMessageError(`${field} is not UTF-8`, { cause });
  }
}
