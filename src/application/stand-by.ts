import type { Lock } from '../domain/ports/lock.js';
import type { Logger } from '../domain/ports/logger.js';
import { pause } from './pause.js';

const ASK_AGAIN_MS = 1_000;

/** Waits until the lock is ours. @returns what gives it back; null where the signal aborted first */
export async function standBy(lock: Lock, logger: Logger, signal: AbortSignal): Promise<(() => void) | null> {
  const first = lock.tryAcquire();
  if (first !== null) return first;
  logger.info({}, 'another collector keeps this log; standing by');
  while (!signal.aborted) {
    await pause(ASK_AGAIN_MS, signal);
    const release = lock.tryAcquire();
    if (release !== null) return release;
  }
  return null;
}
