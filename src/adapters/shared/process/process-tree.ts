import { readFile, readdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** A process as proc(5) shows it. `startedAt` (clock ticks since boot) tells it from a later one of the same id. */
interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly startedAt: string;
  readonly marked: boolean;
}

/** All processes that one run started: those that `leader` started, and those that carry `mark` wherever they went. */
export interface ProcessTree {
  /** The first process; it leads a session and a group of its own. */
  readonly leader: number;
  /** An entry of the environment (`NAME=value`) that only this run's processes have. */
  readonly mark: string;
}

const ROUND_MS = 20;
const KILL_TIMEOUT_MS = 5_000;

/** The processes of the tree that run now. Those that ended and await their parent's notice do not count. */
export async function members(tree: ProcessTree): Promise<Process[]> {
  const all = await processes(tree.mark);
  const found = new Set(all.filter((p) => isFirst(p, tree)));
  for (let size = -1; size !== found.size;) {
    size = found.size;
    const pids = new Set(Array.from(found, (p) => p.pid));
    for (const p of all) if (pids.has(p.parent)) found.add(p);
  }
  return [...found].filter((p) => p.pid !== process.pid);
}

/**
 * Kills the whole tree and waits until it is gone, or for 5 s.
 * @param known members seen earlier, which may since have lost all that ties them to the tree.
 */
export async function killTree(tree: ProcessTree, known: readonly Process[] = []): Promise<void> {
  const deadline = Date.now() + KILL_TIMEOUT_MS;
  for (let left = await survivors(tree, known); left.length > 0; left = await survivors(tree, known)) {
    for (const { pid } of left) signalProcess(pid, 'SIGKILL');
    if (Date.now() > deadline) return;
    await delay(ROUND_MS);
  }
}

/** Sends a signal; a process that is gone already, or another user's, is left alone. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

async function survivors(tree: ProcessTree, known: readonly Process[]): Promise<Process[]> {
  const now = await members(tree);
  const seen = new Set(now.map((p) => p.pid));
  for (const old of known) {
    const same = seen.has(old.pid) ? null : await readProcess(old.pid, tree.mark);
    if (same?.startedAt === old.startedAt) now.push(same);
  }
  return now;
}

function isFirst(p: Process, { leader }: ProcessTree): boolean {
  return p.marked || p.pid === leader || p.group === leader || p.session === leader;
}

async function processes(mark: string): Promise<Process[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const all = await Promise.all(pids.map((pid) => readProcess(pid, mark)));
  return all.filter((p) => p !== null);
}

/** Null where the process is gone or a zombie. */
async function readProcess(pid: number, mark: string): Promise<Process | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name, in parentheses, may hold anything; what follows its last one are plain fields, from the state on.
  const [state, parent, group, session, ...more] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const startedAt = more[15];
  if (startedAt === undefined || state === 'Z' || state === 'X') return null;
  // Another user's environment cannot be read.
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  const marked = environment.split('\0').includes(mark);
  return { pid, parent: Number(parent), group: Number(group), session: Number(session), startedAt, marked };
}
