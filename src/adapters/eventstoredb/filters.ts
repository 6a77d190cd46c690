import { eventTypeFilter, streamNameFilter, type Filter } from '@eventstore/db-client';

import type { EventFilter, RecordedEvent } from '../../domain/ports/event-store.js';

/** No stream has this name: the server takes no empty list. */
const NOTHING = ['\u{10ffff}'];

/**
 * What the server can do of a filter: it looks at streams or at types, not at both. Streams come first: they hold more
 * back. undefined: it hands over everything.
 */
export function serversFilter({ types, streamPrefixes }: EventFilter = {}): Filter | undefined {
  if (streamPrefixes !== undefined) return streamNameFilter({ prefixes: orNothing(streamPrefixes) });
  return types && eventTypeFilter({ prefixes: orNothing(types) });
}

function orNothing(prefixes: readonly string[]): string[] {
  return prefixes.length === 0 ? NOTHING : [...prefixes];
}

/** The whole filter, for what the server let pass. */
export function passesFilter({ types, streamPrefixes }: EventFilter = {}): (event: RecordedEvent) => boolean {
  return ({ type, stream }) =>
    (types?.includes(type) ?? true) && (streamPrefixes?.some((prefix) => stream.startsWith(prefix)) ?? true);
}
