import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stripVTControlCharacters } from 'node:util';
import { DEBCI } from './debci.js';

/** A debci on a terminal of its own. */
export interface OnTerminal {
  /** Waits until the terminal shows it. @throws where debci ends without */
  shows(text: RegExp): Promise<string>;
  type(keys: string): void;
  /** Debci's own exit code, and all that the terminal showed. */
  readonly ended: Promise<{ readonly code: number; readonly shown: string }>;
}

/** Runs the program on a terminal: what it shows can be awaited, and keys be typed. It must have been built. */
export function onTerminal(args: readonly string[]): OnTerminal {
  // `exec`: some shells stay in between otherwise, and die of a Ctrl-C themselves.
  const command = `exec ${[process.execPath, DEBCI, ...args].map((word) => `'${word}'`).join(' ')}`;
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let shown = '';
  const text = (): string => stripVTControlCharacters(shown);
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    shown += more;
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number, shown: text() }));
  return {
    ended,
    type: (keys) => child.stdin.write(keys),
    shows: async (wanted) => {
      for (;;) {
        const found = wanted.exec(text());
        if (found) return found[0];
        if (child.exitCode !== null) throw new Error(`it ended without showing ${wanted}:\n${shown}`);
        await Promise.race([once(child.stdout, 'data'), ended]);
      }
    },
  };
}
