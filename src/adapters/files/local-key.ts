import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

const KEY_BYTES = 32;

/** A new key: 32 random bytes, as base64url. */
export function newKey(): string {
  return randomBytes(KEY_BYTES).toString('base64url');
}

/** The local instance's own key, in a file that only its owner reads (0600); made if it is not there. */
export function localKey(path: string): string {
  try {
    writeFileSync(path, `${newKey()}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFileSync(path, 'utf8').trim();
}
