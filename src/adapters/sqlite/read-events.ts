import { setImmediate } from 'node:timers/promises';

import type Database from 'better-sqlite3';

import type { EventFilter, RecordedEvent } from '../../domain/ports/event-store.js';
import { guarded } from './database.js';
import { COLUMNS, toEvent, type EventRow } from './event-rows.js';

type Direction = 'forwards' | 'backwards';

/** What is read at once: as many events as this, or about as many characters, whatever comes first. */
const MAX_EVENTS = 500;
const MAX_CHARACTERS = 4 * 1024 * 1024;
/** Places looked through at once, where a filter lets few events pass: some milliseconds. */
export const WINDOW = 5000;

const PLACE_COLUMN = { position: 0, revision: 2 } as const;

interface Slice {
  readonly events: RecordedEvent[];
  /** The place up to which the range is read. */
  readonly through: number;
}

/**
 * Reads from one place (a revision or a position) towards another, both included; backwards the first is the greater.
 * May stop early.
 */
export type ReadRange = (first: number, last: number, limit: number) => Slice;

/** Reads a stream by revisions. */
export function streamReader(db: Database.Database, stream: string, direction: Direction): ReadRange {
  return rangeReader(db, 'FROM events WHERE revision BETWEEN ? AND ? AND stream = ?', [stream], 'revision', direction);
}

/**
 * Reads the log by positions. In the order of the table, never by an index: the range bounds the work,
 * whatever the filter lets pass.
 */
export function logReader(db: Database.Database, direction: Direction, filter: EventFilter = {}): ReadRange {
  const { conditions, values } = conditionsOf(filter);
  const query = ['FROM events NOT INDEXED WHERE position BETWEEN ? AND ?', ...conditions].join(' AND ');
  return rangeReader(db, query, values, 'position', direction);
}

/** Reads on, slice by slice, through a range that may be long. */
export async function* walk(
  read: ReadRange,
  direction: Direction,
  range: { readonly first: number; readonly last: number; readonly limit: number },
): AsyncGenerator<RecordedEvent> {
  const step = direction === 'forwards' ? 1 : -1;
  let { first, limit } = range;
  while (limit > 0 && (range.last - first) * step >= 0) {
    const windowEnd = first + step * (WINDOW - 1);
    const last = step === 1 ? Math.min(windowEnd, range.last) : Math.max(windowEnd, range.last);
    const { events, through } = read(first, last, limit);
    for (const event of events) yield event;
    limit -= events.length;
    first = through + step;
    // The rest of the process has its turn between slices, however eagerly they are pulled.
    await setImmediate();
  }
}

function rangeReader(
  db: Database.Database,
  query: string,
  values: readonly string[],
  place: keyof typeof PLACE_COLUMN,
  direction: Direction,
): ReadRange {
  const order = direction === 'forwards' ? 'ASC' : 'DESC';
  const sql = `SELECT ${COLUMNS} ${query} ORDER BY ${place} ${order} LIMIT ?`;
  const statement = guarded(db, () => db.prepare<unknown[], EventRow>(sql).raw());
  return (first, last, limit) =>
    guarded(db, () => {
      const max = Math.min(limit, MAX_EVENTS);
      const rows = statement.iterate(Math.min(first, last), Math.max(first, last), ...values, max);
      return take(rows, max, last, PLACE_COLUMN[place]);
    });
}

/** Ends the statement before it returns, so that no reader, however slow, keeps SQLite from tidying up. */
function take(rows: IterableIterator<EventRow>, max: number, last: number, placeColumn: 0 | 2): Slice {
  const events: RecordedEvent[] = [];
  let characters = 0;
  for (const row of rows) {
    events.push(toEvent(row));
    characters += row[7].length;
    if (events.length === max || characters >= MAX_CHARACTERS) return { events, through: row[placeColumn] };
  }
  return { events, through: last };
}

/** Begins after every string that has the prefix: no text holds this character, which Unicode reserves. */
const LAST_CHARACTER = '\u{10ffff}';

function conditionsOf({ types, streamPrefixes }: EventFilter): { conditions: string[]; values: string[] } {
  const conditions: string[] = [];
  if (types !== undefined) conditions.push(`type IN (${types.map(() => '?').join(', ')})`);
  if (streamPrefixes !== undefined) {
    // Where no prefix is allowed, the false remains.
    conditions.push(`(false ${streamPrefixes.map(() => 'OR (stream >= ? AND stream < ?)').join(' ')})`);
  }
  const ranges = streamPrefixes?.flatMap((prefix) => [prefix, prefix + LAST_CHARACTER]) ?? [];
  return { conditions, values: [...(types ?? []), ...ranges] };
}
