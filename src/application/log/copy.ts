import { DebciError } from '../../domain/errors.js';
import type { AppendResult, EventStore, NewEvent, Position, RecordedEvent } from '../../domain/ports/event-store.js';
import { Total, totalsOf, type LoggedEvent, type Totals } from './lines.js';

/** What is already there is not what comes, or what came is not what was there. */
export class LogsDifferError extends DebciError {
  readonly code = 'E_LOGS_DIFFER';
}

export interface CopyOptions {
  readonly signal: AbortSignal;
  /** Told the number of events written so far. */
  readonly onProgress: (events: number) => void;
}

/** Events of a stream that follow each other are appended together, up to so many, or so many characters. */
const GROUP = 100;
const GROUP_CHARACTERS = 256 * 1024;
/** Appends under way at once. Stores take them in the order they are called in. */
const WINDOW = 256;

interface Group {
  readonly stream: string;
  readonly first: number;
  readonly events: NewEvent[];
  characters: number;
}

/**
 * Copies a log into another store, which is empty or holds the beginning of it: ids, order, revisions, times and old
 * versions stay; positions are the other store's. Broken off, it goes on where it was. Then both are read and compared.
 * @returns the totals of both.
 * @throws LogsDifferError; what the stores throw; the signal's reason.
 */
export async function copyLog(from: EventStore, to: EventStore, options: CopyOptions): Promise<Totals> {
  const last = await lastEvent(to);
  const after = last && (await placeOf(last, from));
  await write(from.readAll(after === null ? {} : { after }), to, options);
  const copied = await totalsOf(to.readAll(), options.signal);
  const original = await totalsOf(from.readAll({ limit: copied.events }), options.signal);
  return same(copied, original);
}

/**
 * Writes events from elsewhere, as copyLog does.
 * @param events all of them, from the first on.
 */
export async function importLog(
  events: AsyncIterable<LoggedEvent>,
  to: EventStore,
  options: CopyOptions,
): Promise<Totals> {
  const last = await lastEvent(to);
  const total = new Total();
  const counted = tapped(events, total);
  await write(last === null ? counted : following(counted, last), to, options);
  return same(await totalsOf(to.readAll(), options.signal), total.end());
}

async function* tapped(events: AsyncIterable<LoggedEvent>, total: Total): AsyncGenerator<LoggedEvent> {
  for await (const event of events) {
    total.add(event);
    yield event;
  }
}

function same(copied: Totals, original: Totals): Totals {
  if (copied.events === original.events && copied.sha256 === original.sha256) return copied;
  const show = ({ events, sha256 }: Totals): string => `${events} events (SHA-256 ${sha256})`;
  throw new LogsDifferError(
    `the copy holds ${show(copied)}, the original ${show(original)}; begin again with an empty log`,
  );
}

async function lastEvent(store: EventStore): Promise<RecordedEvent | null> {
  for await (const event of store.readAll({ direction: 'backwards', limit: 1 })) return event;
  return null;
}

function unlike({ stream, revision }: LoggedEvent): LogsDifferError {
  return new LogsDifferError(
    `the other log holds event ${revision} of ${stream} last, which is not in this one: it is no beginning of this log`,
  );
}

async function placeOf(last: RecordedEvent, from: EventStore): Promise<Position> {
  for await (const event of from.readStream(last.stream, { from: last.revision, limit: 1 })) {
    if (event.id === last.id) return event.position;
  }
  throw unlike(last);
}

async function* following(events: AsyncIterable<LoggedEvent>, last: LoggedEvent): AsyncGenerator<LoggedEvent> {
  let isBehind = true;
  for await (const event of events) {
    if (!isBehind) yield event;
    else if (event.id === last.id) isBehind = false;
  }
  if (isBehind) throw unlike(last);
}

async function write(
  events: AsyncIterable<LoggedEvent>,
  to: EventStore,
  { signal, onProgress }: CopyOptions,
): Promise<void> {
  let written = 0;
  for await (const window of windows(events)) {
    signal.throwIfAborted();
    const appends = window.map(({ stream, first, events: some }) => {
      return to.append(stream, some, first === 0 ? 'none' : first - 1);
    });
    inOrder(await Promise.allSettled(appends));
    written += window.reduce((sum, group) => sum + group.events.length, 0);
    onProgress(written);
  }
}

/** @throws the first append's error, or that their order was lost. */
function inOrder(results: readonly PromiseSettledResult<AppendResult>[]): void {
  let last: Position | null = null;
  for (const result of results) {
    if (result.status === 'rejected') throw result.reason as Error;
    const { position } = result.value;
    if (last !== null && position <= last) {
      throw new LogsDifferError('the store did not keep the order of appends; begin again with an empty log');
    }
    last = position;
  }
}

async function* windows(events: AsyncIterable<LoggedEvent>): AsyncGenerator<Group[]> {
  let window: Group[] = [];
  for await (const { stream, revision, ...event } of events) {
    const characters = JSON.stringify(event.data).length;
    const group = window.at(-1);
    if (group?.stream === stream && group.events.length < GROUP && group.characters < GROUP_CHARACTERS) {
      group.events.push(newEvent(event));
      group.characters += characters;
      continue;
    }
    if (window.length === WINDOW) {
      yield window;
      window = [];
    }
    window.push({ stream, first: revision, events: [newEvent(event)], characters });
  }
  if (window.length > 0) yield window;
}

function newEvent({ id, type, schemaVersion, time, data, metadata }: NewEvent): NewEvent {
  return { id, type, schemaVersion, time, data, metadata };
}
