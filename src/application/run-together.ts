/** Something that runs until its signal aborts. */
export interface Runnable {
  run(signal: AbortSignal): Promise<void>;
}

/** Runs all until the signal aborts. If one fails, the others are stopped, and its error is thrown when all have ended. */
export async function runTogether(runnables: readonly Runnable[], signal: AbortSignal): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const ends = await Promise.allSettled(
    runnables.map(async (one) => {
      try {
        await one.run(either);
      } catch (error) {
        failed.abort();
        throw error;
      }
    }),
  );
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/**
 * Runs `above` until the signal aborts, and `base` until `above` has ended: what `above` still does at its end can
 * rely on `base`. If one fails, the other is stopped, and the error is thrown when both have ended.
 */
export async function runBeneath(base: Runnable, above: Runnable, signal: AbortSignal): Promise<void> {
  const ended = new AbortController();
  const top: Runnable = {
    run: async (either) => {
      try {
        await above.run(AbortSignal.any([signal, either]));
      } finally {
        ended.abort();
      }
    },
  };
  const bottom: Runnable = { run: (failed) => base.run(AbortSignal.any([ended.signal, failed])) };
  await runTogether([bottom, top], new AbortController().signal);
}
