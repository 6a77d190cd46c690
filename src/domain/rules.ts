/**
 * What each value from outside may be. One rule a value, used by every boundary
 * (CLI, requests, messages, configuration, GraphQL), so that all refuse the same things in the same words.
 */

/** A rule says in words what it allows, and tells whether a value is allowed. */
export interface Rule {
  readonly allowed: string;
  accepts(value: unknown): boolean;
}

/** Control, line-breaking and direction-changing characters: none belongs on one line of text. */
const CONTROL_OR_DIRECTION = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

/** Text that matches as a whole: the expression must be anchored. */
export function pattern(regex: RegExp, allowed: string): Rule {
  return { allowed, accepts: (value) => typeof value === 'string' && regex.test(value) };
}

export function integer(min: number, max: number): Rule {
  return {
    allowed: `a whole number from ${min} to ${max}`,
    accepts: (value) => Number.isInteger(value) && (value as number) >= min && (value as number) <= max,
  };
}

/** Free text on one line, safe to print on a terminal: no control, line-breaking or direction-changing characters. */
export function line(maxCharacters: number): Rule {
  return {
    allowed: `text of at most ${maxCharacters} characters without control characters`,
    accepts: (value) =>
      typeof value === 'string' &&
      value.length <= 2 * maxCharacters &&
      value.isWellFormed() &&
      !CONTROL_OR_DIRECTION.test(value) &&
      Array.from(value).length <= maxCharacters,
  };
}

const token = (max: number): RegExp => new RegExp(`^[a-z0-9][a-z0-9+.-]{0,${max - 1}}$`);
const PACKAGE = /^[a-z0-9][a-z0-9+.-]{1,127}$/;

/** Debian Policy 5.6.1: a source package's name. */
export const packageName: Rule = pattern(
  PACKAGE,
  'a source package name: 2 to 128 of a-z 0-9 + . - beginning with a letter or digit',
);
/** A package in a pin: a binary package, or `src:` and a source package. */
export const pinnedPackage: Rule = pattern(
  new RegExp(`^(src:)?${PACKAGE.source.slice(1)}`),
  'a package name, or src: and a source package name',
);
export const suiteName: Rule = pattern(
  token(64),
  'a suite name such as unstable or trixie-backports: 1 to 64 of a-z 0-9 + . - beginning with a letter or digit',
);
export const archName: Rule = pattern(
  /^[a-z0-9][a-z0-9-]{0,31}$/,
  'a Debian architecture such as amd64: 1 to 32 of a-z 0-9 - beginning with a letter or digit',
);
export const backendName: Rule = pattern(
  /^[a-z0-9][a-z0-9-]{0,31}$/,
  'a backend such as lxc or unshare: 1 to 32 of a-z 0-9 - beginning with a letter or digit',
);
export const variantName: Rule = pattern(token(64), 'an autopkgtest variant: 1 to 64 of a-z 0-9 + . -');
/** Debian Policy 5.6.12, as far as a path or a page must care. */
export const packageVersion: Rule = pattern(
  /^[0-9A-Za-z][0-9A-Za-z.+:~-]{0,255}$/,
  'a Debian version such as 2.10-3: 1 to 256 of 0-9 A-Z a-z . + : ~ -',
);
export const priority: Rule = integer(0, 10);
export const runId: Rule = integer(1, Number.MAX_SAFE_INTEGER);
export const attempt: Rule = integer(1, Number.MAX_SAFE_INTEGER);
export const trigger: Rule = line(512);
export const requestor: Rule = line(256);
export const workerName: Rule = line(256);
export const reason: Rule = line(512);

const APT_ENTRY = /^deb(-src)?([ \t]+\[[^[\]\n]+\])?[ \t]+[a-z][a-z0-9+.-]*:[^\s[\]]+([ \t]+[^\s[\]]+)+[ \t]*$/;
const MAX_APT_ENTRY_BYTES = 4 * 1024;

function aptEntries(text: string): boolean {
  if (text.length > MAX_APT_ENTRY_BYTES || !/^[\n\t\x20-\x7e]+$/.test(text)) return false;
  const lines = text.split('\n').filter((entry) => entry !== '');
  return lines.length > 0 && lines.every((entry) => APT_ENTRY.test(entry));
}

/** sources.list(5), the one-line style. */
export const aptSourceEntry: Rule = {
  allowed: 'lines of the form deb [options] URI suite component…, or deb-src; at most 4 KiB of printable ASCII',
  accepts: (value) => typeof value === 'string' && aptEntries(value),
};

const MAX_KEY_BYTES = 64 * 1024;
const ARMOURED_KEY =
  /^\s*-----BEGIN PGP PUBLIC KEY BLOCK-----\r?\n[\r\n\x20-\x7e]*\n-----END PGP PUBLIC KEY BLOCK-----\s*$/;
const BASE64 = /^[A-Za-z0-9+/\s]+(={1,2}\s*)?$/;

/** A key that apt checks signatures with. A private key that was pasted by mistake does not pass. */
export const signingKey: Rule = {
  allowed: 'an OpenPGP public key, armoured or as base64, of at most 64 KiB',
  accepts: (value) =>
    typeof value === 'string' &&
    value.length <= MAX_KEY_BYTES &&
    !value.includes('PRIVATE KEY') &&
    (ARMOURED_KEY.test(value) || BASE64.test(value)),
};

/** What an API key is called where the key itself must not be seen. */
export const keyId: Rule = pattern(/^[0-9a-f]{16}$/, 'the id of an API key: 16 hexadecimal digits');
export const sha256: Rule = pattern(/^[0-9a-f]{64}$/, 'a SHA-256: 64 hexadecimal digits');

export const yesOrNo: Rule = { allowed: 'true or false', accepts: (value) => typeof value === 'boolean' };

/** One of a few words. */
export function oneOf(words: readonly string[]): Rule {
  return {
    allowed: `one of ${words.join(', ')}`,
    accepts: (value) => typeof value === 'string' && words.includes(value),
  };
}
