import { createHash } from 'node:crypto';

import { InvalidInputError } from '../../domain/errors.js';
import type { RecordedEvent } from '../../domain/ports/event-store.js';

/** An event wherever it is kept: positions are a store's own affair. */
export type LoggedEvent = Omit<RecordedEvent, 'position'>;

/** How much of a log there is, and what: SHA-256 of its events as lines, each with its line break, in hexadecimal. */
export interface Totals {
  readonly events: number;
  readonly sha256: string;
}

/** One line of JSON, always with the same fields in the same order, as it was written: no version is lifted. */
export function toLine({ stream, revision, id, type, schemaVersion, time, data, metadata }: LoggedEvent): string {
  return JSON.stringify({ stream, revision, id, type, schemaVersion, time, data, metadata });
}

/** Adds up what passes. */
export class Total {
  readonly #hash = createHash('sha256');
  #events = 0;

  add(event: LoggedEvent): void {
    this.addLine(toLine(event));
  }

  addLine(line: string): void {
    this.#hash.update(line).update('\n');
    this.#events++;
  }

  /** Ends the adding. */
  end(): Totals {
    return { events: this.#events, sha256: this.#hash.digest('hex') };
  }
}

export async function totalsOf(events: AsyncIterable<LoggedEvent>, signal: AbortSignal): Promise<Totals> {
  const total = new Total();
  for await (const event of events) {
    signal.throwIfAborted();
    total.add(event);
  }
  return total.end();
}

/** A log as a file: an event a line, then a line with the totals, without which the file is not whole. */
export async function* exportLines(
  events: AsyncIterable<LoggedEvent>,
  onProgress: (events: number) => void,
): AsyncGenerator<string, void> {
  const total = new Total();
  let count = 0;
  for await (const event of events) {
    const line = toLine(event);
    total.addLine(line);
    onProgress(++count);
    yield line;
  }
  yield JSON.stringify(total.end());
}

/** @throws InvalidInputError naming the line that is not right, or that the file is not whole. */
export async function* importLines(lines: AsyncIterable<string>): AsyncGenerator<LoggedEvent> {
  const total = new Total();
  let totals: unknown = null;
  let number = 0;
  for await (const line of lines) {
    number++;
    if (totals !== null) throw badLine(number, line, 'nothing after the totals');
    const value = parsed(line, number);
    if (isTotals(value)) totals = value;
    else if (!isEvent(value)) throw badLine(number, line, 'an event as debci log export writes it');
    else {
      total.addLine(line);
      yield value;
    }
  }
  const { events, sha256 } = total.end();
  if (!isTotals(totals)) throw badLine(number, '', 'a last line with the totals: the file is cut off');
  if (totals.events !== events || totals.sha256 !== sha256) {
    throw badLine(number, JSON.stringify(totals), `the totals of what stands above: ${events} events, ${sha256}`);
  }
}

function badLine(number: number, value: string, allowed: string): InvalidInputError {
  return new InvalidInputError([{ field: `line ${number}`, value, allowed }]);
}

function parsed(line: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw badLine(number, line, 'JSON');
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTotals(value: unknown): value is Totals {
  return isObject(value) && typeof value.events === 'number' && typeof value.sha256 === 'string';
}

function isEvent(value: unknown): value is LoggedEvent {
  if (!isObject(value) || !isObject(value.data) || !isObject(value.metadata)) return false;
  const texts = [value.stream, value.id, value.type, value.time];
  const isWhole = (n: unknown): boolean => Number.isSafeInteger(n) && Number(n) >= 0;
  return texts.every((text) => typeof text === 'string') && isWhole(value.revision) && isWhole(value.schemaVersion);
}
