import { randomBytes } from 'node:crypto';
import { hashOfKey } from './callers.js';

/** An API key that nobody has yet. It is shown once; what stays is its hash. */
export interface NewKey {
  /** 32 random bytes, base64url. */
  readonly key: string;
  /** What it is called where the key must not be seen: the beginning of its hash. */
  readonly keyId: string;
  /** SHA-256, hexadecimal. */
  readonly hash: string;
}

const KEY_BYTES = 32;
const ID_DIGITS = 16;

export function newKey(): NewKey {
  const key = randomBytes(KEY_BYTES).toString('base64url');
  const hash = hashOfKey(key);
  return { key, keyId: hash.slice(0, ID_DIGITS), hash };
}
