import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const REGISTER = fileURLToPath(new URL('./typescript/register.js', import.meta.url));

/** A script of ours in a process of its own. */
export interface Child {
  readonly process: ChildProcessByStdio<Writable, Readable, null>;
  /** What it prints, line by line. */
  readonly lines: AsyncIterator<string>;
  /** Resolves when it has ended and all its output is read: its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string | null>;
}

/**
 * @param script A TypeScript file's URL.
 * @param wrapper A program, with its arguments, that runs node in its turn (`prlimit …`).
 */
export function spawnScript(script: URL, args: readonly string[], wrapper: readonly string[] = []): Child {
  const command = [...wrapper, process.execPath, '--import', REGISTER, fileURLToPath(script), ...args];
  const child = spawn(command[0]!, command.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string | null);
  return { process: child, lines, ended };
}

/** The next line. */
export async function nextLine({ lines }: Child): Promise<string> {
  const line = await lines.next();
  if (line.done === true) throw new Error('the child process ended');
  return line.value;
}
