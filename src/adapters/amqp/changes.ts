/** Tells those who wait that something changed, so that they look again. */
export class Changes {
  private readonly listeners = new Set<() => void>();

  on(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  notify(): void {
    for (const listener of [...this.listeners]) listener();
  }

  /**
   * Resolves with what `look` returns, once that is not null.
   * Rejects with what `look` throws, or with `tooLate()` after `timeoutMs`.
   */
  until<T>(look: () => T | null, timeoutMs: number, tooLate: () => Error): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const end = (): void => {
        stop();
        clearTimeout(timer);
      };
      const check = (): void => {
        try {
          const found = look();
          if (found === null) return;
          end();
          resolve(found);
        } catch (error) {
          end();
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      const stop = this.on(check);
      const timer = setTimeout(() => {
        end();
        reject(tooLate());
      }, timeoutMs);
      check();
    });
  }
}
