import { parseConnection } from '../../adapters/eventstoredb/connection-url.js';
import { SqliteEventStore } from '../../adapters/sqlite/event-store.js';
import type { EventStore } from '../../domain/ports/event-store.js';
import type { Logger } from '../../domain/ports/logger.js';
import { sqliteFile } from '../config/state.js';

export interface OpenEventStoreOptions {
  /** Appends are refused, and a file must be there. A server's log is protected by its users' rights instead. */
  readonly readOnly?: boolean;
  readonly logger?: Logger;
}

/**
 * The log that a setting names.
 * @param url As `event_store`: it has passed its rule.
 * @throws StoreUnavailableError where a file or a certificate cannot be opened. A server is reached with the first call.
 */
export async function openEventStore(url: string, options: OpenEventStoreOptions = {}): Promise<EventStore> {
  const file = sqliteFile(url);
  if (file !== null) return SqliteEventStore.open(file, { readOnly: options.readOnly ?? false });
  // Loaded here: gRPC takes its time, and most have the SQLite file.
  const { EventStoreDbEventStore } = await import('../../adapters/eventstoredb/event-store.js');
  return EventStoreDbEventStore.open(parseConnection(url), options.logger && { logger: options.logger });
}
