import type { Lock } from '../domain/ports/lock.js';
import { pause } from './pause.js';

const ASK_AGAIN_MS = 1_000;

/**
 * Waits until the lock is ours.
 * @param onWait called once, if another has it
 * @returns what gives it back; null where the signal aborted first
 */
export async function standBy(lock: Lock, onWait: () => void, signal: AbortSignal): Promise<(() => void) | null> {
  const first = lock.tryAcquire();
  if (first !== null) return first;
  onWait();
  while (!signal.aborted) {
    await pause(ASK_AGAIN_MS, signal);
    const release = lock.tryAcquire();
    if (release !== null) return release;
  }
  return null;
}
