import { InvalidInputError } from '../../domain/errors.js';
import type { AppendResult, ExpectedRevision, NewEvent, Position } from '../../domain/ports/event-store.js';

/** The rules of an append that a store of our own has to keep. (A server keeps its own.) */

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** @throws InvalidInputError for an append of nothing, or an id that is no UUID. */
export function checkEvents(events: readonly NewEvent[]): void {
  if (events.length === 0) throw new InvalidInputError([{ field: 'events', value: events, allowed: 'at least one' }]);
  for (const { id } of events) {
    if (!UUID.test(id)) throw new InvalidInputError([{ field: 'id', value: id, allowed: 'a UUID' }]);
  }
}

/** @param actual The revision of the stream's last event, null where there is no such stream. */
export function isExpected(expected: ExpectedRevision, actual: number | null): boolean {
  return expected === 'any' || actual === (expected === 'none' ? null : expected);
}

/** Where an event stands. */
export interface Place {
  readonly stream: string;
  readonly revision: number;
  readonly position: Position;
}

/**
 * The answer that the same append got before, undefined where this is no repetition.
 * It is one if its ids stand next to each other, in this order, in this stream, where the expected revision puts them.
 */
export function firstAnswer(
  find: (id: string) => Place | undefined,
  stream: string,
  events: readonly NewEvent[],
  expected: ExpectedRevision,
): AppendResult | undefined {
  const places = events.map((event) => find(event.id));
  const first = places[0];
  const last = places.at(-1);
  if (first === undefined || last === undefined) return undefined;
  if (!isExpected(expected, first.revision === 0 ? null : first.revision - 1)) return undefined;
  const inPlace = places.every((place, n) => place?.stream === stream && place.revision === first.revision + n);
  return inPlace ? { revision: last.revision, position: last.position } : undefined;
}

/** What an append gets that is no repetition, though some of its ids are taken. The same id twice in it counts too. */
export function takenId(events: readonly NewEvent[]): InvalidInputError {
  const value = events.map((event) => event.id).join(', ');
  return new InvalidInputError([{ field: 'id', value, allowed: 'ids that no other event of the log has' }]);
}
