import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The real program. It must have been built. */
export const DEBCI = `${root}bin/debci.js`;

/** Builds if something changed since the last build. Test files may all call it: one builds, the others wait. */
export async function build(): Promise<void> {
  await promisify(execFile)(process.execPath, [`${root}scripts/build.js`]);
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `debci …` in a process of its own, with nothing of debci in its environment but what is given, and waits for its end. */
export function debci(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('debci_')));
  return new Promise((resolve) => {
    execFile(process.execPath, [DEBCI, ...args], { env: { ...own, ...env } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}
