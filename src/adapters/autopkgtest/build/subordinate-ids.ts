import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';

import { TestbedSetupError } from '../../../domain/ports/testbed.js';

/** Debian's defaults (login.defs: SUB_UID_MIN, SUB_UID_COUNT). */
const FIRST_ID = 100_000;
const ID_COUNT = 65_536;

/** One line of subuid(5) or subgid(5). */
interface IdRange {
  readonly owner: string;
  readonly first: number;
  readonly count: number;
}

/** Runs a program, and throws where it fails. */
export type Run = (argv: readonly [string, ...string[]], debianPackage: string) => Promise<void>;

/**
 * Sees to it that this user has subordinate ids, which a testbed's users become outside of it. Root, who has none
 * on a new machine, gets a range that nobody has; ranges that exist are left alone.
 * @throws TestbedSetupError where another user has none
 */
export async function ensureSubordinateIds(onLine: (line: string) => void, run: Run): Promise<void> {
  const { username, uid } = userInfo();
  const ranges = { users: await readRanges('/etc/subuid'), groups: await readRanges('/etc/subgid') };
  const command = rangeCommand({ username, uid }, ranges);
  if (command === null) return;
  const line = command.join(' ');
  if (uid !== 0) throw new TestbedSetupError(`${username} has no subordinate ids; as root: ${line}`);
  await run(command, 'passwd');
  onLine(`gave ${username} subordinate ids: ${line}`);
}

/** The command that gives a user what is missing of the two ranges; null where nothing is. */
export function rangeCommand(
  { username, uid }: { readonly username: string; readonly uid: number },
  { users, groups }: { readonly users: readonly IdRange[]; readonly groups: readonly IdRange[] },
): [string, ...string[]] | null {
  const theirs = ({ owner }: IdRange): boolean => owner === username || owner === String(uid);
  const range = freeRange([...users, ...groups]);
  const missing = [
    ...(users.some(theirs) ? [] : ['--add-subuids', range]),
    ...(groups.some(theirs) ? [] : ['--add-subgids', range]),
  ];
  return missing.length === 0 ? null : ['usermod', ...missing, username];
}

/** `first-last`, behind all ranges that are taken. */
function freeRange(taken: readonly IdRange[]): string {
  const first = Math.max(FIRST_ID, ...taken.map((range) => range.first + range.count));
  return `${first}-${first + ID_COUNT - 1}`;
}

export function parseRanges(text: string): IdRange[] {
  return text.split('\n').flatMap((line) => {
    const [owner = '', first, count] = line.split(':');
    return count === undefined ? [] : [{ owner, first: Number(first), count: Number(count) }];
  });
}

async function readRanges(file: string): Promise<IdRange[]> {
  return parseRanges(await readFile(file, 'utf8').catch(() => ''));
}
