import type { EventStore, Position, RecordedEvent } from '../domain/ports/event-store.js';
import { createForBulk, finishBulk } from './database.js';
import { removeDatabase } from './files.js';
import { ReadModelWriter } from './writer.js';

/** Where a replay ends: with the event at this position, or before the first event that was later than this instant. */
export type Until = { readonly position: Position } | { readonly time: string };

export interface RebuildOptions {
  readonly store: Pick<EventStore, 'readAll'>;
  /** The new file; must not be there. */
  readonly file: string;
  /** Default: where the log ends when the replay comes there. */
  readonly until?: Until;
  /** Called now and then with the number of events so far. */
  readonly onProgress?: (events: number) => void;
  readonly signal?: AbortSignal;
}

export interface Rebuilt {
  readonly events: number;
  /** Null: there was no event. */
  readonly position: Position | null;
}

/** So many events between two looks at memory and at the signal. */
const STRIDE = 1000;

/**
 * Makes a read model of the log in a new file, which it removes if it fails. The same log gives the same bytes.
 * @throws the signal's reason where that aborts.
 */
export async function rebuild(options: RebuildOptions): Promise<Rebuilt> {
  const { file } = options;
  const bulk = createForBulk(file);
  try {
    const rebuilt = await foldAll(new ReadModelWriter(bulk.db), options);
    finishBulk(bulk);
    return rebuilt;
  } catch (error) {
    bulk.db.close();
    removeDatabase(file);
    throw error;
  }
}

async function foldAll(writer: ReadModelWriter, options: RebuildOptions): Promise<Rebuilt> {
  const { store, until, onProgress, signal } = options;
  let events = 0;
  let position: Position | null = null;
  for await (const event of store.readAll()) {
    if (until && isAfter(event, until)) break;
    writer.fold(event);
    position = event.position;
    if (++events % STRIDE !== 0) continue;
    writer.trim();
    signal?.throwIfAborted();
    onProgress?.(events);
  }
  if (position !== null) writer.flush(position);
  onProgress?.(events);
  return { events, position };
}

function isAfter(event: RecordedEvent, until: Until): boolean {
  return 'time' in until ? event.time > until.time : event.position > until.position;
}

/** Applies what the log holds after a read model's checkpoint, up to a position. */
export async function catchUp(
  writer: ReadModelWriter,
  store: Pick<EventStore, 'readAll'>,
  upTo: Position,
): Promise<void> {
  const after = writer.checkpoint();
  let events: RecordedEvent[] = [];
  const apply = (): void => {
    const last = events.at(-1);
    if (last) writer.apply(events, last.position);
    events = [];
  };
  for await (const event of store.readAll(after === null ? {} : { after })) {
    if (event.position > upTo) break;
    if (events.push(event) === STRIDE) apply();
  }
  apply();
}
