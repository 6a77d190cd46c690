import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { TestbedSetupError } from '../../../domain/ports/testbed.js';
import { cleanEnvironment } from '../../shared/process/environment.js';
import type { CompleteSettings } from '../settings.js';

/**
 * Does something while holding a file's lock (flock(1)); waits while another process or call holds it.
 * The lock is the kernel's and ends with its holder, so that no crash leaves one behind.
 * @throws TestbedSetupError where the signal is aborted while waiting
 */
export async function withLock<T>(
  file: string,
  signal: AbortSignal,
  settings: CompleteSettings,
  work: () => Promise<T>,
): Promise<T> {
  // cat begins once flock has the lock, and says so by giving back what we wrote; it ends when we close its input.
  const holder = spawn('flock', ['--exclusive', '--no-fork', file, 'cat'], {
    env: cleanEnvironment(settings.path, settings.tmpDir),
    stdio: ['pipe', 'pipe', 'ignore'],
    // Not to be ended by a Ctrl-C that we ourselves survive.
    detached: true,
  });
  const ended = once(holder, 'exit').then(
    () => undefined,
    (cause: unknown) => cause,
  );
  holder.stdin.on('error', () => undefined);
  try {
    holder.stdin.write('\n');
    const held = once(holder.stdout, 'data', { signal }).then(() => true);
    const early = ended.then((cause) => {
      throw new TestbedSetupError(`cannot lock ${file}`, { cause });
    });
    await Promise.race([held, early]).catch((cause: unknown) => {
      throw cause instanceof TestbedSetupError ? cause : new TestbedSetupError('stopped while waiting', { cause });
    });
    early.catch(() => undefined);
    return await work();
  } finally {
    holder.stdin.destroy();
    holder.kill();
    await ended;
  }
}
