/** What every error of ours has: a stable code that scripts can rely on, and how the CLI ends when it meets it. */
export abstract class DebciError extends Error {
  /** Stable, upper case, `E_…`; documented in docs/errors.md; never renamed. */
  abstract readonly code: string;
  /** 2: the caller gave something that is not allowed; 1: anything else went wrong. */
  readonly exitCode: 1 | 2 = 1;

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** One thing that is wrong with an input: where, what was given, what would be allowed. */
export interface Violation {
  readonly field: string;
  readonly value: unknown;
  readonly allowed: string;
}

const SHOWN_CHARACTERS = 80;
const UNSAFE_ON_TERMINAL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

function escaped(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
}

/** A value as it may be printed: short, and harmless to a terminal. Never walks into what is nested: it may be hostile. */
export function show(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return 'an object';
  const text = JSON.stringify(value.slice(0, SHOWN_CHARACTERS)).replace(UNSAFE_ON_TERMINAL, escaped);
  return value.length > SHOWN_CHARACTERS ? `${text}…` : text;
}

/** Input from outside that breaks a rule. Nothing was stored or sent. */
export class InvalidInputError extends DebciError {
  readonly code = 'E_INVALID_INPUT';
  override readonly exitCode = 2;

  constructor(readonly violations: readonly Violation[]) {
    super(violations.map((v) => `${v.field}: ${show(v.value)} is not allowed; allowed is ${v.allowed}`).join('\n'));
  }
}

/** A command names a run id that the log does not know. */
export class UnknownRunError extends DebciError {
  readonly code = 'E_UNKNOWN_RUN';
  override readonly exitCode = 2;

  constructor(readonly runId: number) {
    super(`run ${runId} is not known`);
  }
}

/** The log holds an event that this version of debci cannot read: written by a newer version, or damaged. */
export class UnreadableEventError extends DebciError {
  readonly code = 'E_UNREADABLE_EVENT';
}
