import type { AllStreamRecordedEvent, JSONEventData, RecordedEvent as ServersEvent } from '@eventstore/db-client';

import { UnreadableEventError } from '../../domain/errors.js';
import type { EventMetadata, NewEvent, RecordedEvent } from '../../domain/ports/event-store.js';
import { formatPosition } from './positions.js';

/** The server knows an event's id, type, data and metadata; what else we keep of it goes with the metadata. */
interface StoredMetadata extends EventMetadata {
  readonly schemaVersion: number;
  readonly time: string;
}

/** An event as it goes to the server. */
export interface Outgoing {
  readonly event: JSONEventData;
  /** Of data and metadata: what the server's limit counts. */
  readonly bytes: number;
}

/** As it is now: the caller may change its objects while the client waits for its turn. @throws TypeError for no JSON. */
export function toOutgoing({ id, type, schemaVersion, time, data, metadata }: NewEvent): Outgoing {
  const text = JSON.stringify(data);
  const kept: StoredMetadata = { schemaVersion, time, ...metadata };
  const bytes = new TextEncoder().encode(JSON.stringify(kept));
  const event: JSONEventData = {
    id: id.toLowerCase(),
    contentType: 'application/json',
    type,
    data: JSON.parse(text) as Record<string, unknown>,
    metadata: bytes,
  };
  return { event, bytes: Buffer.byteLength(text) + bytes.length };
}

/** The server's own events ($settings, statistics, links of its projections) are no part of the log. */
export function isOurs(event: ServersEvent): boolean {
  return !event.streamId.startsWith('$') && !event.type.startsWith('$');
}

/** @throws UnreadableEventError for an event that another program wrote. */
export function toRecorded(event: ServersEvent | AllStreamRecordedEvent): RecordedEvent {
  const { streamId: stream, id, type, revision, position } = event;
  const kept: unknown = event.metadata;
  if (!event.isJson || !isStoredMetadata(kept) || position === undefined) {
    throw new UnreadableEventError(`event ${revision} of ${stream} was not written by debci`);
  }
  const { schemaVersion, time, ...metadata } = kept;
  return {
    id,
    type,
    schemaVersion,
    time,
    data: event.data as object,
    metadata,
    stream,
    revision: Number(revision),
    position: formatPosition(position),
  };
}

function isStoredMetadata(metadata: unknown): metadata is StoredMetadata {
  if (typeof metadata !== 'object' || metadata === null) return false;
  const { schemaVersion, time, actor } = metadata as Partial<Record<keyof StoredMetadata, unknown>>;
  return typeof schemaVersion === 'number' && typeof time === 'string' && typeof actor === 'string';
}
