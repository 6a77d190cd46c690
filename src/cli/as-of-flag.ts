import { Flags } from '@oclif/core';
import { asOf, parseAsOf } from '../domain/as-of.js';
import { InvalidInputError } from '../domain/errors.js';

/** A past moment that a command is to look at: an instant as ours are written. */
export const asOfFlag = Flags.custom({
  helpValue: 'DATE',
  summary: 'As it stood at the end of a day (2026-05-01), or at a time (2026-05-01T12:00); UTC.',
  parse: (text) => {
    const instant = parseAsOf(text);
    if (instant !== null) return Promise.resolve(instant);
    throw new InvalidInputError([{ field: '--as-of', value: text, allowed: asOf.allowed }]);
  },
});
