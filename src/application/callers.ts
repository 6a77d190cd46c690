import { createHash } from 'node:crypto';
import { DebciError } from '../domain/errors.js';

/** Who calls the API, by the key that came with the call. */
export interface Caller {
  readonly user: string;
  /** Holds the local instance's own key: whoever can read it runs the instance. */
  readonly operator: boolean;
}

/** The API keys that were issued. */
export interface IssuedKeys {
  /** The key with this SHA-256 (hexadecimal), revoked or not; null: none was ever issued. */
  byHash(hash: string): { readonly user: string; readonly revokedAt: string | null } | null;
}

/** A call came with a key that is not known, or was revoked. */
export class BadKeyError extends DebciError {
  readonly code = 'E_BAD_KEY';
  override readonly exitCode = 2;

  constructor() {
    super('this API key is not known, or was revoked');
  }
}

/** A call that needs a key came without one: what it asks for does, or all of this instance. */
export class KeyNeededError extends DebciError {
  readonly code = 'E_KEY_NEEDED';
  override readonly exitCode = 2;

  constructor() {
    super('this needs an API key, as "Authorization: Bearer KEY" or "Auth-Key: KEY"');
  }
}

export function isRefusedKey(error: unknown): error is BadKeyError | KeyNeededError {
  return error instanceof BadKeyError || error instanceof KeyNeededError;
}

/** SHA-256, hexadecimal: all that is kept of a key. */
export function hashOfKey(key: string): string {
  return createHash('sha256').update(key, 'utf8').digest('hex');
}

const LONGEST_KEY = 256;

/** Tells who calls. A key is looked up by its hash, so the time that takes says nothing about the keys there are. */
export class Callers {
  readonly #operator: { readonly hash: string; readonly user: string };

  /**
   * @param local the local instance's key, and the user that it stands for
   * @param anybody calls without a key are answered, as far as what is public goes
   */
  constructor(
    private readonly keys: IssuedKeys,
    local: { readonly key: string; readonly user: string },
    private readonly anybody = true,
  ) {
    this.#operator = { hash: hashOfKey(local.key), user: local.user };
  }

  /**
   * Who holds the key; null for a call without one.
   * @throws BadKeyError; KeyNeededError where nobody is answered without
   */
  withKey(key: string | null): Caller | null {
    if (key === null && !this.anybody) throw new KeyNeededError();
    if (key === null) return null;
    if (key.length > LONGEST_KEY) throw new BadKeyError();
    const hash = hashOfKey(key);
    if (hash === this.#operator.hash) return { user: this.#operator.user, operator: true };
    const issued = this.keys.byHash(hash);
    if (issued?.revokedAt !== null) throw new BadKeyError();
    return { user: issued.user, operator: false };
  }
}

/** The key of a call's headers: `Authorization: Bearer KEY`, or Debian's `Auth-Key: KEY`; null where there is none. */
export function keyIn(header: (name: 'authorization' | 'auth-key') => string | null | undefined): string | null {
  const bearer = /^Bearer +(\S+) *$/i.exec(header('authorization') ?? '')?.[1];
  return bearer ?? header('auth-key')?.trim() ?? null;
}
