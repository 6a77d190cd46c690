import { DebciError } from '../domain/errors.js';
import { redactUrls } from './redact.js';
import { safeLines } from './output.js';

/** How the program ends: what it says on stderr, and its exit code. */
export interface Ending {
  readonly text: string;
  readonly exitCode: number;
}

const USAGE_ERROR = 2;
const MAX_CAUSES = 10;

/** oclif's own errors carry the exit code that they stand for. */
interface OclifError extends Error {
  readonly code?: string;
  readonly oclif: { readonly exit?: number };
}

function isOclifError(error: unknown): error is OclifError {
  return error instanceof Error && typeof (error as Partial<OclifError>).oclif === 'object';
}

function message(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}

function causes(error: unknown): string[] {
  const lines: string[] = [];
  let cause = error instanceof Error ? error.cause : undefined;
  for (; cause !== undefined && lines.length < MAX_CAUSES; cause = cause instanceof Error ? cause.cause : undefined) {
    lines.push(`  because: ${message(cause).split('\n').join(' ')}`);
  }
  return lines;
}

const NO_COMMAND = /^command (.*) not found$/s;

/** oclif's words, but for its colons in the names of commands. */
function usage(error: OclifError): string {
  const id = NO_COMMAND.exec(error.message)?.[1];
  if (id === undefined) return message(error);
  return `there is no command ${id.replaceAll(':', ' ')}; debci --help lists those that there are`;
}

function words(error: unknown, debug: boolean): string {
  if (debug && error instanceof Error) return error.stack ?? error.message;
  if (isOclifError(error)) return `debci: ${usage(error)}`;
  if (error instanceof DebciError) return `debci: ${message(error)}`;
  return `debci: ${message(error).split('\n').join(' ')}`;
}

function exitCode(error: unknown): number {
  if (error instanceof DebciError) return error.exitCode;
  return isOclifError(error) ? (error.oclif.exit ?? USAGE_ERROR) : 1;
}

/**
 * What an error that nobody caught means to the user: its message and one line a cause; the stack only for `debug`.
 * Passwords and control characters never get out.
 */
export function ending(error: unknown, debug: boolean): Ending {
  if (isOclifError(error) && error.code === 'EEXIT') return { text: '', exitCode: exitCode(error) };
  const text = [words(error, debug), ...causes(error)].join('\n');
  return { text: `${safeLines(redactUrls(text))}\n`, exitCode: exitCode(error) };
}
