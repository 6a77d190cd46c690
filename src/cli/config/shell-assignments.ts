import { InvalidInputError, type Violation } from '../../domain/errors.js';

/**
 * Debian's configuration files are shell assignments. This reads the part of the shell's language that holds values
 * (bare words, '…', "…", backslashes, comments, `export`) and refuses the part that would compute them.
 */

export interface Assignment {
  readonly name: string;
  readonly value: string;
  /** From 1. */
  readonly line: number;
}

const ALLOWED = "debci_<key>=value, quoted where it has spaces; $ and ` only in '…' or behind a backslash";
const ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)=/;
const COMMENT_OR_BLANK = /^[ \t\r]*(#.*)?$/;
const END = /^([ \t]+#.*|[ \t\r]*)$/;

/** One piece of a value: how it looks, and what it stands for. */
const PIECES: readonly (readonly [RegExp, (text: string) => string])[] = [
  [/^'[^']*'/, (text) => text.slice(1, -1)],
  [/^"(?:[^"\\$`]|\\.)*"/, (text) => text.slice(1, -1).replace(/\\([\\"$`])/g, '$1')],
  [/^\\./u, (text) => text.slice(1)],
  [/^[^ \t\r'"\\$`;&|<>()~#](?:[^ \t\r'"\\$`;&|<>()~]|(?<!:)~)*/, (text) => text],
];

/** The value and what stands behind it; null where the text is no value. */
function readValue(text: string): string | null {
  let value = '';
  let rest = text;
  for (;;) {
    if (END.test(rest)) return value;
    const piece = PIECES.map(([form, meaning]) => ({ text: form.exec(rest)?.[0], meaning })).find((p) => p.text);
    if (piece?.text === undefined) return null;
    value += piece.meaning(piece.text);
    rest = rest.slice(piece.text.length);
  }
}

function readLine(content: string): Omit<Assignment, 'line'> | null {
  const [start, name] = ASSIGNMENT.exec(content) ?? [];
  if (start === undefined || name === undefined) return null;
  const value = readValue(content.slice(start.length));
  return value === null ? null : { name, value };
}

/** The line's first word: the rest may be a secret. */
function firstWord(content: string): string {
  return `${content.trim().replace(/[\s=].*/, '')}…`;
}

/**
 * The assignments of a file, in order.
 * @param file its name, for messages.
 * @throws InvalidInputError naming each line that is not an assignment.
 */
export function parseAssignments(text: string, file: string): Assignment[] {
  const assignments: Assignment[] = [];
  const violations: Violation[] = [];
  for (const [index, content] of text.split('\n').entries()) {
    const line = index + 1;
    const assignment = readLine(content);
    if (assignment !== null) assignments.push({ ...assignment, line });
    else if (!COMMENT_OR_BLANK.test(content))
      violations.push({ field: `${file}:${line}`, value: firstWord(content), allowed: ALLOWED });
  }
  if (violations.length > 0) throw new InvalidInputError(violations);
  return assignments;
}

/** The value as `parseAssignments` and a shell read it back. It must not hold a line break. */
export function quoteValue(value: string): string {
  return /^[\w@%+=:,./-]*$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}
