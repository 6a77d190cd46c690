import { Flags } from '@oclif/core';
import { InvalidInputError } from '../domain/errors.js';

const MAX_PORT = 65_535;

/** Where pages are served. */
export const portFlag = Flags.custom<number>({
  helpValue: 'N',
  summary: 'Port of the pages; 0: any free one.',
  default: 8080,
  parse: (text) => {
    const port = Number(text);
    if (Number.isInteger(port) && port >= 0 && port <= MAX_PORT) return Promise.resolve(port);
    throw new InvalidInputError([{ field: '--port', value: text, allowed: `a whole number from 0 to ${MAX_PORT}` }]);
  },
});

export const hostFlag = Flags.custom({
  helpValue: 'ADDRESS',
  summary: 'Address to serve the pages on.',
  default: '127.0.0.1',
});
