import { DebciError } from '../../domain/errors.js';

/** So many subscriptions are open already as the server carries. */
export class TooManySubscribersError extends DebciError {
  readonly code = 'E_TOO_MANY_SUBSCRIBERS';
  override readonly exitCode = 2;

  constructor(max: number) {
    super(`this server carries ${max} subscriptions at once; try again later`);
  }
}

/** The open subscriptions: so many at most, and all of them end when the server does. */
export class Subscribers {
  readonly #open = new Set<AbortController>();

  constructor(private readonly max: number) {}

  get size(): number {
    return this.#open.size;
  }

  /**
   * A place for one more, given back when the controller aborts.
   * @throws TooManySubscribersError
   */
  enter(): AbortController {
    if (this.#open.size >= this.max) throw new TooManySubscribersError(this.max);
    const end = new AbortController();
    this.#open.add(end);
    end.signal.addEventListener('abort', () => this.#open.delete(end), { once: true });
    return end;
  }

  /** Ends all. */
  close(): void {
    for (const end of [...this.#open]) end.abort();
  }
}
