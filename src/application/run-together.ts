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
