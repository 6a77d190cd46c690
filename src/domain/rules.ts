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
export const CONTROL_OR_DIRECTION = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

function pattern(regex: RegExp, allowed: string): Rule {
  return { allowed, accepts: (value) => typeof value === 'string' && regex.test(value) };
}

function integer(min: number, max: number): Rule {
  return {
    allowed: `a whole number from ${min} to ${max}`,
    accepts: (value) => Number.isInteger(value) && (value as number) >= min && (value as number) <= max,
  };
}

/** Free text on one line, safe to print on a terminal: no control, line-breaking or direction-changing characters. */
function line(maxCharacters: number): Rule {
  return {
    allowed: `text of at most ${maxCharacters} characters without control characters`,
    accepts: (value) =>
      typeof value === 'string' &&
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
const aptLine = line(4096);
/** sources.list(5), the one-line form. A line must not reach beyond it: it goes into a file of the testbed. */
export const aptEntry: Rule = {
  allowed: 'one or more lines of apt entries, each beginning with deb or deb-src, at most 4096 characters',
  accepts: (value) =>
    typeof value === 'string' &&
    value.length <= 4096 &&
    value
      .replace(/\n$/, '')
      .split('\n')
      .every((entry) => /^deb(-src)? +\S/.test(entry) && aptLine.accepts(entry)),
};
