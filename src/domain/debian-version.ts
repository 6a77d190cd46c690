/**
 * Debian's order of version numbers (Debian Policy 5.6.12, deb-version(7)): epoch, upstream version, revision; each of
 * the latter two compared by turns of text and number. `~` sorts before everything, even before the end.
 */

const ZERO = 48;
const NINE = 57;
const TILDE = 126;

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

function isLetter(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}

/** The weight of one character outside of a number: `~`, then the end (or a digit), then letters, then all else. */
function weight(code: number): number {
  if (code === TILDE) return -1;
  if (Number.isNaN(code) || isDigit(code)) return 0;
  return isLetter(code) ? code : code + 256;
}

function skipZeros(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) === ZERO) at++;
  return at;
}

function endOfNumber(text: string, from: number): number {
  let at = from;
  while (isDigit(text.charCodeAt(at))) at++;
  return at;
}

/** Numbers may have any number of digits, so they are compared as text: by length, then digit by digit. */
function compareNumbers(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Compares two upstream versions, or two revisions. */
function compareParts(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    for (;;) {
      const [x, y] = [a.charCodeAt(i), b.charCodeAt(j)];
      if ((Number.isNaN(x) || isDigit(x)) && (Number.isNaN(y) || isDigit(y))) break;
      const difference = weight(x) - weight(y);
      if (difference !== 0) return difference;
      i++;
      j++;
    }
    i = skipZeros(a, i);
    j = skipZeros(b, j);
    const [endA, endB] = [endOfNumber(a, i), endOfNumber(b, j)];
    const difference = compareNumbers(a.slice(i, endA), b.slice(j, endB));
    if (difference !== 0) return difference;
    i = endA;
    j = endB;
  }
  return 0;
}

/** The epoch's digits without leading zeros, and what follows its colon. */
function splitEpoch(version: string): readonly [epoch: string, rest: string] {
  const colon = version.indexOf(':');
  if (colon < 0) return ['', version];
  return [version.slice(skipZeros(version, 0), colon), version.slice(colon + 1)];
}

/** Less than 0: `a` is older; 0: neither is; more than 0: `a` is newer. Any text is taken; it need not be a version. */
export function compareVersions(a: string, b: string): number {
  if (a === b) return 0;
  const [epochA, restA] = splitEpoch(a);
  const [epochB, restB] = splitEpoch(b);
  const byEpoch = compareNumbers(epochA, epochB);
  if (byEpoch !== 0) return byEpoch;
  const [dashA, dashB] = [restA.lastIndexOf('-'), restB.lastIndexOf('-')];
  const upstream = compareParts(dashA < 0 ? restA : restA.slice(0, dashA), dashB < 0 ? restB : restB.slice(0, dashB));
  if (upstream !== 0) return upstream;
  // No revision at all is the revision 0.
  return compareParts(dashA < 0 ? '' : restA.slice(dashA + 1), dashB < 0 ? '' : restB.slice(dashB + 1));
}

/** The relations of a dependency; `<` and `>` alone are old spellings of `<=` and `>=`. */
export type VersionRelation = '<<' | '<=' | '=' | '>=' | '>>';

/** Whether `version` is one that the constraint (`>= 2.36`) allows. */
export function satisfies(version: string, relation: VersionRelation, wanted: string): boolean {
  const order = compareVersions(version, wanted);
  switch (relation) {
    case '<<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '=':
      return order === 0;
    case '>=':
      return order >= 0;
    case '>>':
      return order > 0;
  }
}
