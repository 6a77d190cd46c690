import { Flags } from '@oclif/core';
import { InvalidInputError } from '../domain/errors.js';

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };
const MAX_SECONDS = 7 * 24 * 3600;

/** Milliseconds of `90s`, `30m`, `3h`, or a number of seconds. @throws InvalidInputError */
function parseTimeout(text: string): number {
  const match = /^(\d{1,6})([smh]?)$/.exec(text);
  const seconds = match === null ? 0 : Number(match[1]) * (UNITS[match[2] ?? ''] ?? 1);
  if (seconds >= 1 && seconds <= MAX_SECONDS) return seconds * 1000;
  throw new InvalidInputError([
    { field: '--timeout', value: text, allowed: 'a time such as 90s, 30m or 3h, at most 168h' },
  ]);
}

/** How long one test may take, in ms. */
export const timeoutFlag = Flags.custom<number>({
  helpValue: 'TIME',
  summary: 'End a test that takes longer, such as 30m or 3h (default 3h).',
  default: 3 * 3600 * 1000,
  parse: (text) => Promise.resolve(parseTimeout(text)),
  noCacheDefault: true,
});
