import type { CheckpointStore } from '../../domain/ports/checkpoint-store.js';
import { StoreUnavailableError, type Position } from '../../domain/ports/event-store.js';

/** Checkpoints in this process's memory, for tests. */
export class MemoryCheckpointStore implements CheckpointStore {
  readonly #positions = new Map<string, Position>();
  #closed = false;

  load(name: string): Position | null {
    this.#checkOpen();
    return this.#positions.get(name) ?? null;
  }

  save(name: string, position: Position): void {
    this.#checkOpen();
    this.#positions.set(name, position);
  }

  close(): void {
    this.#closed = true;
  }

  #checkOpen(): void {
    if (this.#closed) throw new StoreUnavailableError('the checkpoint store is closed');
  }
}
