import type { EventMetadata, RecordedEvent } from '../../domain/ports/event-store.js';
import { formatPosition } from '../shared/positions.js';
import type { Schema } from './database.js';

/**
 * The log's table. The rowid is the position: 1, 2, 3 … in the order of commits, without gaps, since nothing is deleted.
 * An id takes 16 bytes, not the 36 of its text.
 */
export const EVENT_LOG: Schema = {
  name: 'the event log',
  version: 1,
  sql: `
    CREATE TABLE events (
      position INTEGER PRIMARY KEY,
      stream TEXT NOT NULL,
      revision INTEGER NOT NULL,
      id BLOB NOT NULL,
      type TEXT NOT NULL,
      schema_version INTEGER NOT NULL,
      time TEXT NOT NULL,
      data TEXT NOT NULL,
      metadata TEXT NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX events_stream_revision ON events (stream, revision);
    CREATE UNIQUE INDEX events_id ON events (id);`,
};

/** A row of COLUMNS. */
export type EventRow = [
  position: number,
  stream: string,
  revision: number,
  hexId: string,
  type: string,
  schemaVersion: number,
  time: string,
  data: string,
  metadata: string,
];

/** Hexadecimal text crosses from SQLite into JavaScript faster than bytes do. */
export const COLUMNS = 'position, stream, revision, lower(hex(id)), type, schema_version, time, data, metadata';

export function toEvent(row: EventRow): RecordedEvent {
  return {
    id: toUuid(row[3]),
    type: row[4],
    schemaVersion: row[5],
    time: row[6],
    data: JSON.parse(row[7]) as object,
    metadata: JSON.parse(row[8]) as EventMetadata,
    stream: row[1],
    revision: row[2],
    position: formatPosition(row[0]),
  };
}

function toUuid(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
