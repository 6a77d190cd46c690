import type { Rule } from './rules.js';

/** The past moment that a question is about. */

const FORM = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+-]\d\d:\d\d)?)?$/;

/**
 * Reads a date or a date and time (ISO 8601; UTC unless it says otherwise).
 * @returns the instant as ours are written (UTC, milliseconds, `Z`): for a date the end of that day; null for other text.
 */
export function parseAsOf(text: string): string | null {
  const [, date, time = '23:59:59.999', zone = 'Z'] = FORM.exec(text) ?? [];
  if (date === undefined || !isDay(date)) return null;
  const instant = new Date(`${date}T${time}${zone}`);
  return Number.isNaN(instant.getTime()) ? null : instant.toISOString();
}

/** `Date` takes the 31st of every month. */
function isDay(date: string): boolean {
  const instant = new Date(`${date}T00:00Z`);
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(date);
}

export const asOf: Rule = {
  allowed: 'a date such as 2026-05-01 (the end of that day, UTC) or a time such as 2026-05-01T12:00:00Z',
  accepts: (value) => typeof value === 'string' && parseAsOf(value) !== null,
};
