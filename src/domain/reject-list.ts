import { DebciError, InvalidInputError, show, type Violation } from './errors.js';
import type { Job } from './job.js';

/**
 * Debian's reject list: what is never to be tested. Lines of `package [suite [arch [version]]]`, blanks between them;
 * `*` stands for any text, and what is left out for anything. Comment lines (`#`) directly above an entry are its reason.
 */
export interface RejectEntry {
  readonly package: string;
  readonly suite: string;
  readonly arch: string;
  readonly version: string;
  /** Why; null where nobody said. */
  readonly reason: string | null;
}

/** What may be rejected. `version` absent: it is not known yet, and entries that name one do not apply. */
export interface Candidate extends Pick<Job, 'package' | 'suite' | 'arch'> {
  readonly version?: string;
}

/** A candidate, and the entry that rejects it. */
export interface Rejection {
  readonly candidate: Candidate;
  readonly entry: RejectEntry;
}

const ANY = '*';
const PATTERN = /^[A-Za-z0-9+.:~*-]{1,256}$/;
const FIELDS = ['package', 'suite', 'arch', 'version'] as const;
const ALLOWED = 'package [suite [arch [version]]], each of a-z 0-9 + . - : ~ and *; or a comment (#)';

/**
 * Reads a reject list.
 * @param file its name, for messages.
 * @throws InvalidInputError naming each line that is neither entry, comment nor blank.
 */
export function parseRejectList(text: string, file: string): RejectEntry[] {
  const entries: RejectEntry[] = [];
  const violations: Violation[] = [];
  let reason: string[] = [];
  let afterEntry = false;
  for (const [index, line] of text.split('\n').entries()) {
    const content = line.trim();
    if (content.startsWith('#')) {
      // The comment of what follows, unless it goes on.
      reason = afterEntry ? [commentText(content)] : [...reason, commentText(content)];
    } else if (content === '') reason = [];
    else {
      const entry = parseEntry(content, reason.filter((part) => part !== '').join(' '));
      if (entry) entries.push(entry);
      else violations.push({ field: `${file}:${index + 1}`, value: content, allowed: ALLOWED });
    }
    afterEntry = content !== '' && !content.startsWith('#');
  }
  if (violations.length > 0) throw new InvalidInputError(violations);
  return entries;
}

function commentText(content: string): string {
  return content.replace(/^#+\s*/, '');
}

function parseEntry(content: string, reason: string): RejectEntry | null {
  const words = content.split(/\s+/);
  if (words.length > FIELDS.length || !words.every((word) => PATTERN.test(word))) return null;
  const [name = ANY, suite = ANY, arch = ANY, version = ANY] = words;
  return { package: name, suite, arch, version, reason: reason === '' ? null : reason };
}

/** True where the pattern, in which `*` stands for any text, is the whole of the text. */
function matches(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split(ANY);
  const last = rest.pop();
  if (last === undefined) return pattern === text;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let from = first.length;
  const end = text.length - last.length;
  for (const part of rest) {
    const at = text.indexOf(part, from);
    if (at < 0 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}

/** The first entry that rejects the candidate; null: it may be tested. */
export function rejection(entries: readonly RejectEntry[], candidate: Candidate): RejectEntry | null {
  const applies = (entry: RejectEntry): boolean =>
    matches(entry.package, candidate.package) &&
    matches(entry.suite, candidate.suite) &&
    matches(entry.arch, candidate.arch) &&
    (candidate.version === undefined ? entry.version === ANY : matches(entry.version, candidate.version));
  return entries.find(applies) ?? null;
}

const SHOWN = 50;

function told({ candidate: { package: name, suite, arch }, entry: { reason } }: Rejection): string {
  // As it may be printed, without the quotes.
  const why = reason === null ? '' : `: ${show(reason).slice(1, -1)}`;
  return `${name} ${suite}/${arch} is on the reject list${why}`;
}

/** A request asks for tests of packages that the reject list names. Nothing of it was enqueued. */
export class RejectedPackageError extends DebciError {
  readonly code = 'E_REJECTED';
  override readonly exitCode = 2;

  constructor(rejections: readonly Rejection[]) {
    super(rejections.slice(0, SHOWN).map(told).join('\n'));
  }
}
