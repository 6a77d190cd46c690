import { stat } from 'node:fs/promises';

/** Debian's: a testbed is built anew when it is older than that. */
const FRESH_MS = 12 * 60 * 60 * 1000;

/**
 * Whether a testbed need not be built. With force, one is good enough only if somebody else built it since
 * `askedAt`, while we waited for the lock.
 */
export async function isFresh(file: string, force: boolean, askedAt: number): Promise<boolean> {
  const builtAt = await stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => null,
  );
  return builtAt !== null && builtAt > (force ? askedAt : Date.now() - FRESH_MS);
}
