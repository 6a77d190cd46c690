import type { ChangedPackage } from './job.js';
import type { Status } from './verdict.js';

/** The newest run that counts for a package's status. */
export interface LastRun {
  readonly runId: number;
  readonly status: Status;
  /** ISO 8601, UTC. */
  readonly endedAt: string;
  readonly durationSeconds: number | null;
}

/** What is known of one package when batch decides on it. */
export interface Known {
  /** The reject list's entry that names it; null: none. */
  readonly rejected: { readonly reason: string | null } | null;
  readonly pending: boolean;
  readonly lastRun: LastRun | null;
  /** What differs in its chain since the last run that batch asked for; null: that chain is not known. */
  readonly changes: readonly ChangedPackage[] | null;
  /** Its source package is another version than at that run. */
  readonly uploaded: boolean;
}

export type Skipped = 'rejected' | 'pending' | 'unchanged';
export type Wanted = 'forced' | 'never tested' | 'tmpfail' | 'uploaded' | 'changed' | 'chain unknown' | 'old';

export type Decision =
  | { readonly run: false; readonly why: Skipped }
  /** `changes`: what differs in the chain since the last run; all of it, whatever the reason to run. */
  | { readonly run: true; readonly why: Wanted; readonly changes: readonly ChangedPackage[] };

/** Debian's: a result that is older than a month says too little. */
const MONTH_MS = 30 * 24 * 60 * 60 * 1000;

/** Whether batch asks for a package's test (Debian's rules, docs/batch.md). */
export function decideBatch(known: Known, at: Date, force: boolean): Decision {
  if (known.rejected !== null) return { run: false, why: 'rejected' };
  if (known.pending) return { run: false, why: 'pending' };
  const why = force ? 'forced' : reasonToRun(known, at);
  return why === null ? { run: false, why: 'unchanged' } : { run: true, why, changes: known.changes ?? [] };
}

function reasonToRun({ lastRun, changes, uploaded }: Known, at: Date): Wanted | null {
  if (lastRun === null) return 'never tested';
  if (lastRun.status === 'tmpfail') return 'tmpfail';
  if (changes === null) return 'chain unknown';
  if (changes.length > 0) return uploaded ? 'uploaded' : 'changed';
  return at.getTime() - Date.parse(lastRun.endedAt) > MONTH_MS ? 'old' : null;
}

/** One change in words: `libc6 2.36-9 → 2.36-10`. */
export function changeText({ package: name, from, to }: ChangedPackage): string {
  if (from === null) return `${name} ${to ?? ''} is new`;
  return to === null ? `${name} ${from} is gone` : `${name} ${from} → ${to}`;
}

/** A trigger has room for that much, and for how many more there are. */
const MAX_LISTED_CHARACTERS = 450;

function listed(changes: readonly ChangedPackage[]): string {
  let text = '';
  for (const [index, change] of changes.entries()) {
    const longer = text === '' ? changeText(change) : `${text}, ${changeText(change)}`;
    if (longer.length > MAX_LISTED_CHARACTERS) return `${text} and ${changes.length - index} more`.trimStart();
    text = longer;
  }
  return text;
}

/** Why, in words that fit into a job's trigger. */
export function reasonText({ why, changes }: Extract<Decision, { run: true }>): string {
  switch (why) {
    case 'forced':
    case 'never tested':
      return why;
    case 'tmpfail':
      return 'the last run was a tmpfail';
    case 'old':
      return 'the last run is older than a month';
    case 'chain unknown':
      return 'what the last run saw is not known';
    case 'uploaded':
      return `recently uploaded: ${listed(changes)}`;
    case 'changed':
      return listed(changes);
  }
}
