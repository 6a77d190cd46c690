import { Args } from '@oclif/core';
import { InvalidInputError } from '../domain/errors.js';
import { runId } from '../domain/rules.js';

/** Run ids as arguments. The command must set `strict = false`. */
export const runIdsArg = Args.string({ description: 'Run ids, as debci history shows them.' });

/** @throws InvalidInputError naming the first that is none */
export function parseRunIds(texts: readonly string[]): number[] {
  return texts.map((text) => {
    const id = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
    if (runId.accepts(id)) return id;
    throw new InvalidInputError([{ field: 'run', value: text, allowed: `a run id: ${runId.allowed}` }]);
  });
}
