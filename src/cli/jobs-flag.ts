import { Flags } from '@oclif/core';
import { InvalidInputError } from '../domain/errors.js';

const MAX_JOBS = 256;

/** How many tests run at once. */
export const jobsFlag = Flags.custom<number>({
  char: 'j',
  helpValue: 'N',
  summary: 'Run so many tests at once.',
  default: 1,
  parse: (text) => {
    const jobs = Number(text);
    if (Number.isInteger(jobs) && jobs >= 1 && jobs <= MAX_JOBS) return Promise.resolve(jobs);
    throw new InvalidInputError([{ field: '--jobs', value: text, allowed: `a whole number from 1 to ${MAX_JOBS}` }]);
  },
});
