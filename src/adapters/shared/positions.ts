import { InvalidInputError } from '../../domain/errors.js';
import type { Position } from '../../domain/ports/event-store.js';

/**
 * Positions of the stores that number their events 1, 2, 3 … without gaps.
 * 16 digits hold every safe integer, and make the order of strings the order of numbers.
 */
const DIGITS = 16;
const POSITION = /^\d{16}$/;

export function formatPosition(n: number): Position {
  return String(n).padStart(DIGITS, '0') as Position;
}

/** @throws InvalidInputError for what formatPosition cannot have made: positions travel through clients. */
export function parsePosition(position: string): number {
  const n = Number(position);
  if (POSITION.test(position) && Number.isSafeInteger(n)) return n;
  throw new InvalidInputError([{ field: 'position', value: position, allowed: 'a position that this log gave' }]);
}
