import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

import { MissingProgramError, type TestExit } from '../../../domain/ports/testbed.js';
import { MARK } from './environment.js';
import { killTree, members, type ProcessTree, signalProcess } from './process-tree.js';

export interface ProgramRun {
  readonly argv: readonly [string, ...string[]];
  /** The Debian package that brings the program. */
  readonly debianPackage: string;
  readonly cwd: string;
  /** See `cleanEnvironment`: the mark in it is how the run's processes are found. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** From the start on, in ms; none where left out. */
  readonly timeoutMs?: number;
  /** Between SIGTERM and SIGKILL, in ms. */
  readonly graceMs: number;
  /** What the program prints on either output. */
  readonly onOutput: (chunk: Buffer) => void;
}

/** `exitCode` is null where the program was killed, by us or by another. */
export type ProgramExit = Pick<TestExit, 'exitCode' | 'ended'>;

/** setTimeout takes no more; it is 24 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const PIPES_MS = 1_000;

/**
 * Runs a program as the leader of its own process group, and leaves nothing of it running, however it ends.
 * At a time-out or an abort the program alone gets SIGTERM, so that it can clean up with its helpers still there;
 * after the grace period, and also after a good end, all that it started is killed.
 * @throws MissingProgramError
 */
export async function runProgram(run: ProgramRun): Promise<ProgramExit> {
  if (run.signal.aborted) return { exitCode: null, ended: 'stopped' };
  const [program, ...args] = run.argv;
  const child = spawn(program, args, {
    cwd: run.cwd,
    env: { ...run.env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.on('data', run.onOutput);
  child.stderr.on('data', run.onOutput);
  const exited = exitCodeOf(child, run);
  const closed = new Promise<void>((resolve) =>
    child.once('close', () => {
      resolve();
    }),
  );
  const exit = await endOf(child, exited, run);
  // A process that left the tree may hold the pipes for as long as it likes.
  await Promise.race([closed, delay(PIPES_MS, undefined, { ref: false })]);
  child.stdout.destroy();
  child.stderr.destroy();
  return exit;
}

async function endOf(child: ChildProcess, exited: Promise<number | null>, run: ProgramRun): Promise<ProgramExit> {
  const stop = stopRequest(run);
  try {
    const first = await Promise.race([exited.then((exitCode) => ({ exitCode })), stop.requested]);
    const tree = { leader: child.pid ?? 0, mark: `${MARK}=${run.env[MARK] ?? ''}` };
    if (typeof first !== 'string') {
      await killTree(tree);
      return { exitCode: first.exitCode, ended: 'by itself' };
    }
    await terminate(tree, exited, run.graceMs);
    return { exitCode: null, ended: first };
  } finally {
    stop.dispose();
  }
}

async function terminate(tree: ProcessTree, exited: Promise<unknown>, graceMs: number): Promise<void> {
  const known = await members(tree);
  signalProcess(tree.leader, 'SIGTERM');
  await Promise.race([exited, delay(graceMs, undefined, { ref: false })]);
  await killTree(tree, known);
  await exited;
}

function exitCodeOf(child: ChildProcess, run: ProgramRun): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('exit', resolve);
    child.once('error', (cause: NodeJS.ErrnoException) => {
      reject(cause.code === 'ENOENT' ? missing(run, cause) : cause);
    });
  });
}

function missing({ argv, debianPackage }: ProgramRun, cause: Error): MissingProgramError {
  return new MissingProgramError(`${argv[0]} is not installed; it is in the Debian package ${debianPackage}`, {
    cause,
  });
}

interface StopRequest {
  readonly requested: Promise<'timed out' | 'stopped'>;
  dispose(): void;
}

function stopRequest({ signal, timeoutMs = LONGEST_TIMER_MS }: ProgramRun): StopRequest {
  const disposal = new AbortController();
  const requested = new Promise<'timed out' | 'stopped'>((resolve) => {
    signal.addEventListener(
      'abort',
      () => {
        resolve('stopped');
      },
      { signal: disposal.signal },
    );
    const timer = setTimeout(
      () => {
        resolve('timed out');
      },
      Math.min(timeoutMs, LONGEST_TIMER_MS),
    );
    disposal.signal.addEventListener('abort', () => {
      clearTimeout(timer);
    });
  });
  return {
    requested,
    dispose: () => {
      disposal.abort();
    },
  };
}
