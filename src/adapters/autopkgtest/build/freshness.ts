/** Debian's: a testbed is built anew when it is older than that. */
const FRESH_MS = 12 * 60 * 60 * 1000;

/**
 * Whether a testbed need not be built. With force, one is good enough only if somebody else built it since
 * `askedAt`, while we waited for the lock.
 * @param builtAt null: it was never built
 */
export function isFresh(builtAt: Date | null, force = false, askedAt = 0): boolean {
  return builtAt !== null && builtAt.getTime() > (force ? askedAt : Date.now() - FRESH_MS);
}
