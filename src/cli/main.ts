import 'reflect-metadata';
import { run, settings, type Interfaces } from '@oclif/core';
import { ending } from './errors.js';

/** A reader that went away (`debci history | head`) is no error. */
function endQuietlyWithoutReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
}

/** Asked for before a `--`, even where the command line is wrong otherwise. */
function wantsDebug(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv.slice(0, end < 0 ? argv.length : end).includes('--debug');
}

/** `debci help enqueue` is `debci enqueue --help`. */
function helpFirst(argv: string[]): string[] {
  return argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv;
}

/**
 * Runs one command and sets the exit code: 0, 2 for what the caller gave wrong, 1 for anything else.
 * @param root the folder that holds oclif's manifest.
 * @param pjson package.json, parsed.
 */
export async function main(argv: string[], root: string, pjson: Interfaces.PJSON): Promise<void> {
  endQuietlyWithoutReader();
  // Ours is compiled, whatever NODE_ENV says.
  settings.enableAutoTranspile = false;
  try {
    await run(helpFirst(argv), { root, pjson });
  } catch (error) {
    const { text, exitCode } = ending(error, wantsDebug(argv));
    process.stderr.write(text);
    process.exitCode = exitCode;
  }
}
