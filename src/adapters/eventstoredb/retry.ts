import { setTimeout as delay } from 'node:timers/promises';

import { isPermanent, translated } from './errors.js';

const FIRST_WAIT_MS = 25;
const LONGEST_WAIT_MS = 2000;

/** How long what the network or an election broke is tried again, in milliseconds, before it is an error. */
export const PATIENCE_MS = 30_000;

/** Waits longer after each failure, and gives up. One for each piece of work. */
export class Patience {
  #wait = FIRST_WAIT_MS;
  #until: number | null = null;

  /** @param patienceMs Infinity: never gives up, but for what waiting does not mend. */
  constructor(private readonly patienceMs: number) {}

  /** There was progress: begin anew with the next failure. */
  reset(): void {
    this.#wait = FIRST_WAIT_MS;
    this.#until = null;
  }

  /** @throws our error for the given one, where it is of no use to try again. The signal only cuts the wait short. */
  async after(error: unknown, signal?: AbortSignal): Promise<void> {
    this.#until ??= performance.now() + this.patienceMs;
    // Half of the wait is random, so that many clients do not come all at once.
    const wait = this.#wait * (0.5 + Math.random() / 2);
    if (isPermanent(error) || performance.now() + wait > this.#until) throw translated(error);
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT_MS);
    await delay(wait, undefined, { signal }).catch(() => undefined);
  }
}

/** Does the work again until it succeeds. @throws our error where it is of no use to try again. */
export async function retried<Result>(work: () => Promise<Result>, patienceMs: number): Promise<Result> {
  const patience = new Patience(patienceMs);
  for (;;) {
    try {
      return await work();
    } catch (error) {
      await patience.after(error);
    }
  }
}

/** The server took the call and is silent. */
class SilentServerError extends Error {}

/** The client's own deadline does not hold for calls that share a connection's stream. */
export async function within<Result>(deadlineMs: number, work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new SilentServerError(`no answer for ${deadlineMs} ms`));
    }, deadlineMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
