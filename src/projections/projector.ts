import { DebciError } from '../domain/errors.js';
import type { EventStore, Position, RecordedEvent } from '../domain/ports/event-store.js';
import type { Logger } from '../domain/ports/logger.js';
import type { Change } from './projection.js';
import type { ReadModelWriter } from './writer.js';

/** What one commit of the read model brought. */
export interface Commit {
  readonly position: Position;
  readonly changes: readonly Change[];
}

/** The projector ended before the read model had come so far. */
export class ProjectorStoppedError extends DebciError {
  readonly code = 'E_PROJECTOR_STOPPED';
}

/**
 * While it catches up, batches are put together. The events of a long log touch packages all over, and each page of the
 * file that a commit touches is written anew: five times as many events a commit are twice as many a second.
 */
const COMMIT_AT = 20_000;

interface Waiter {
  readonly position: Position;
  readonly resolve: () => void;
  readonly reject: (error: ProjectorStoppedError) => void;
}

/**
 * Keeps the read model up with the log, from wherever its checkpoint is: catching up at first, then live.
 * Each batch and its checkpoint are one transaction, so a crash at any point neither loses nor doubles an event.
 */
export class Projector {
  readonly #listeners = new Set<(commit: Commit) => void>();
  readonly #waiters = new Set<Waiter>();
  #position: Position | null;

  constructor(
    private readonly writer: Pick<ReadModelWriter, 'checkpoint' | 'apply'>,
    private readonly store: Pick<EventStore, 'subscribe'>,
    private readonly logger: Logger,
  ) {
    this.#position = writer.checkpoint();
  }

  /** How far the read model has come. */
  get position(): Position | null {
    return this.#position;
  }

  /** Calls back after each commit, until the returned function is called. What the listener throws is logged. */
  onCommit(listener: (commit: Commit) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Resolves when everything up to the position is in the read model and the listeners know; it may not run yet.
   * @throws ProjectorStoppedError where `run` ends first.
   */
  reached(position: Position): Promise<void> {
    if (this.#has(position)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiters.add({ position, resolve, reject });
    });
  }

  /**
   * Projects until the signal aborts.
   * @throws UnreadableEventError, StoreUnavailableError or the read model's SqliteError; it may be run again.
   */
  async run(signal: AbortSignal): Promise<void> {
    this.#position = this.writer.checkpoint();
    try {
      let pending: RecordedEvent[] = [];
      for await (const batch of this.store.subscribe({ after: this.#position ?? 'start', signal })) {
        const { events, position, caughtUp } = batch;
        pending = pending.concat(events);
        if (position === null || position === this.#position) continue;
        if (!caughtUp && pending.length < COMMIT_AT) continue;
        this.#commit(pending, position);
        pending = [];
      }
    } finally {
      this.#stop();
    }
  }

  #commit(...[events, position]: Parameters<ReadModelWriter['apply']>): void {
    const changes = this.writer.apply(events, position);
    this.#position = position;
    for (const listener of this.#listeners) this.#tell(listener, { position, changes });
    for (const waiter of this.#waiters) {
      if (!this.#has(waiter.position)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  #has(position: Position): boolean {
    return this.#position !== null && this.#position >= position;
  }

  #tell(listener: (commit: Commit) => void, commit: Commit): void {
    try {
      listener(commit);
    } catch (error) {
      this.logger.error({ err: error, position: commit.position }, 'a listener of the projector failed');
    }
  }

  #stop(): void {
    const error = new ProjectorStoppedError('the projector stopped');
    for (const { reject } of this.#waiters) reject(error);
    this.#waiters.clear();
  }
}
