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
 */
export async function ensureSubordinateIds(onLine: (line: string) => void, run: Run): Promise<void> {
  const { username, uid } = userInfo();
  const [users, groups] = [await readRanges('/etc/subuid'), await readRanges('/etc/subgid')];
  const isOurs = ({ owner }: IdRange): boolean => owner === username || owner === String(uid);
  const missing = [...(users.some(isOurs) ? [] : ['--add-subuids']), ...(groups.some(isOurs) ? [] : ['--add-subgids'])];
  if (missing.length === 0) return;
  const range = freeRange([...users, ...groups]);
  const options = missing.flatMap((option) => [option, range]);
  if (uid !== 0) {
    const command = ['usermod', ...options, username].join(' ');
    throw new TestbedSetupError(`${username} has no range in /etc/subuid and /etc/subgid; as root: ${command}`);
  }
  await run(['usermod', ...options, username], 'passwd');
  onLine(`gave ${username} the subordinate ids ${range} (${missing.map((option) => option.slice(6)).join(', ')})`);
}

/** `first-last`, behind all ranges that are taken. */
export function freeRange(taken: readonly IdRange[]): string {
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
