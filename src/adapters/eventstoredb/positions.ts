import { InvalidInputError } from '../../domain/errors.js';
import type { Position } from '../../domain/ports/event-store.js';

/** The server's: byte offsets in its transaction file, 64 bits each. */
export interface LogPosition {
  readonly commit: bigint;
  readonly prepare: bigint;
}

/** 16 hexadecimal digits hold 64 bits, and make the order of strings the order of numbers: first commit, then prepare. */
const DIGITS = 16;
const POSITION = /^[0-9a-f]{32}$/;

const hex = (n: bigint): string => n.toString(16).padStart(DIGITS, '0');

export function formatPosition({ commit, prepare }: LogPosition): Position {
  return `${hex(commit)}${hex(prepare)}` as Position;
}

/** @throws InvalidInputError for what formatPosition cannot have made, such as a position of a SQLite log. */
export function parsePosition(position: Position): LogPosition {
  if (!POSITION.test(position)) {
    throw new InvalidInputError([{ field: 'position', value: position, allowed: 'a position that this log gave' }]);
  }
  return { commit: BigInt(`0x${position.slice(0, DIGITS)}`), prepare: BigInt(`0x${position.slice(DIGITS)}`) };
}
