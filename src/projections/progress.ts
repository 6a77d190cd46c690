import type { Position } from '../domain/ports/event-store.js';

/** How often the read model is looked at while someone waits for it. */
const LOOK_EVERY_MS = 10;

interface Waiter {
  readonly position: Position;
  readonly wake: () => void;
}

/**
 * How far the read model has come, for those who wait for it: it is written by this process or another one.
 * Looks only while someone waits; all who wait share one look.
 */
export class ReadModelProgress {
  readonly #waiters = new Set<Waiter>();
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly readModel: { position(): Position | null }) {}

  /** Resolves when everything up to the position is in the read model, or the signal aborts. */
  async reached(position: Position, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true || this.#has(position, this.readModel.position())) return;
    await new Promise<void>((resolve) => {
      const leave = (): void => {
        signal?.removeEventListener('abort', leave);
        this.#leave(waiter);
        resolve();
      };
      const waiter: Waiter = { position, wake: leave };
      signal?.addEventListener('abort', leave);
      this.#waiters.add(waiter);
      this.#timer ??= setInterval(() => {
        this.#look();
      }, LOOK_EVERY_MS);
    });
  }

  #look(): void {
    const reached = this.readModel.position();
    for (const waiter of [...this.#waiters]) if (this.#has(waiter.position, reached)) waiter.wake();
  }

  #has(position: Position, reached: Position | null): boolean {
    return reached !== null && reached >= position;
  }

  #leave(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    if (this.#waiters.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
