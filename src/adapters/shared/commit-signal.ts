/** Tells those who wait that the log may have grown. */
export class CommitSignal {
  readonly #waiting = new Set<() => void>();
  #unwatch: (() => void) | undefined;

  /**
   * @param watch Begins to look for commits that nobody here rings for; what it returns ends that.
   * It runs only while someone waits.
   */
  constructor(private readonly watch: () => () => void = () => () => undefined) {}

  ring(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /**
   * Resolves when it rings from now on, or one of the signals aborts.
   * Call it in the same turn in which you looked and found nothing, or you may miss a ring.
   */
  next(signals: readonly AbortSignal[]): Promise<void> {
    if (signals.some((signal) => signal.aborted)) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        for (const signal of signals) signal.removeEventListener('abort', wake);
        this.#leave(wake);
        resolve();
      };
      for (const signal of signals) signal.addEventListener('abort', wake);
      this.#enter(wake);
    });
  }

  #enter(wake: () => void): void {
    this.#waiting.add(wake);
    this.#unwatch ??= this.watch();
  }

  #leave(wake: () => void): void {
    this.#waiting.delete(wake);
    if (this.#waiting.size > 0) return;
    this.#unwatch?.();
    this.#unwatch = undefined;
  }
}
