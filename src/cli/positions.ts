import { formatPosition, parsePosition } from '../adapters/shared/positions.js';
import type { Position } from '../domain/ports/event-store.js';

/** SQLite's number its events; a server's are offsets in its files. */
const NUMBER = /^\d{1,16}$/;
const OFFSETS = /^[0-9a-f]{32}$/;

/** A position as a user types it, of either store; null: it is none. */
export function typedPosition(text: string): Position | null {
  if (NUMBER.test(text)) return formatPosition(Number(text));
  return OFFSETS.test(text) ? (text as Position) : null;
}

/** How many events lie up to a position; undefined: it does not tell. */
export function eventsUpTo(position: Position | null): number | undefined {
  if (position === null) return 0;
  return OFFSETS.test(position) ? undefined : parsePosition(position);
}
