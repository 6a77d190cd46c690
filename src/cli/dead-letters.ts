import { Args, Flags } from '@oclif/core';
import { visitDeadLetters, type DeadLetter, type Fate } from '../application/dead-letter-box.js';
import { DebciError, InvalidInputError } from '../domain/errors.js';
import { connectBus } from './compose/bus.js';
import { SILENT } from './compose/request-transport.js';
import type { Config } from './config/config.js';
import { commonFlags } from './flags.js';

/** No dead letter has this id: it was dealt with, or is behind the oldest 250. */
class UnknownLetterError extends DebciError {
  readonly code = 'E_UNKNOWN_LETTER';
  override readonly exitCode = 2;
}

/** Which letters are meant, as arguments and flags. The command must set `strict = false`. */
export const lettersArg = Args.string({ description: 'Ids, as debci dead-letters shows them.' });
export const lettersFlags = {
  amqp: commonFlags.amqp,
  all: Flags.boolean({ summary: 'All that there are.' }),
};

/** @returns the ids that are meant; null: all. @throws InvalidInputError */
export function letterIds(ids: readonly string[], all: boolean): readonly string[] | null {
  if (all !== ids.length > 0) return all ? null : ids;
  throw new InvalidInputError([{ field: 'id', value: ids.join(' '), allowed: 'ids, or --all, and not both' }]);
}

/** Goes through the AMQP server's dead letters. @returns whether these were all */
export async function visit(config: Config, fate: (letter: DeadLetter) => Fate): Promise<boolean> {
  const bus = await connectBus(config, SILENT);
  try {
    return await visitDeadLetters(bus, fate);
  } finally {
    await bus.close();
  }
}

/**
 * Deals with the letters of these ids (null: with all), and tells of each.
 * @throws UnknownLetterError naming the ids that there are not; the others have met their fate
 */
export async function dealWith(
  config: Config,
  ids: readonly string[] | null,
  fate: Fate,
  tell: (letter: DeadLetter) => void,
): Promise<void> {
  const missing = new Set(ids);
  await visit(config, (letter) => {
    if (ids !== null && !ids.includes(letter.id)) return 'keep';
    missing.delete(letter.id);
    tell(letter);
    return fate;
  });
  if (missing.size > 0) throw new UnknownLetterError(`there is no dead letter ${[...missing].join(', ')}`);
}
