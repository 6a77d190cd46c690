import { createInterface } from 'node:readline/promises';
import { DebciError } from '../domain/errors.js';

/** Nobody is there to be asked. */
class NobodyToAskError extends DebciError {
  readonly code = 'E_NOBODY_TO_ASK';
  override readonly exitCode = 2;
}

/**
 * Asks a yes-or-no question on the terminal; only y or yes is a yes.
 * @throws NobodyToAskError where there is no terminal
 */
export async function ask(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new NobodyToAskError(`${question} There is no terminal to ask on; say --yes`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
