import { parseAsOf } from '../domain/as-of.js';

/** The past moment that a page shows, in its address: `?as-of=2026-05-01`. Instants are as `parseAsOf` gives them. */

export const AS_OF = 'as-of';

const DAY_END = 'T23:59:59.999Z';

/** A day where it is the end of one. */
export function momentText(instant: string): string {
  return instant.endsWith(DAY_END) ? instant.slice(0, -DAY_END.length) : instant;
}

/** Reads the moment in an address; undefined: now; null: it is none. */
export function momentOf(query: URLSearchParams): string | undefined | null {
  const text = query.get(AS_OF);
  return text === null || text === '' ? undefined : parseAsOf(text);
}

/** An address as of a moment. */
export function atMoment(path: string, asOf: string | undefined): string {
  if (asOf === undefined) return path;
  return `${path}${path.includes('?') ? '&' : '?'}${AS_OF}=${encodeURIComponent(momentText(asOf))}`;
}

/** The last day that was over at an instant. */
export function lastWholeDay(instant: string): string {
  const day = instant.slice(0, 10);
  if (instant.endsWith(DAY_END)) return day;
  return new Date(Date.parse(day) - 24 * 3600 * 1000).toISOString().slice(0, 10);
}
