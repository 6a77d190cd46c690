import { readFileSync, writeFileSync } from 'node:fs';

/** The local instance's own key, in a file that only its owner reads (0600); made if it is not there. */
export function localKey(path: string, make: () => string): string {
  try {
    writeFileSync(path, `${make()}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFileSync(path, 'utf8').trim();
}
