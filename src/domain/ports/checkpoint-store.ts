import type { Position } from './event-store.js';

/** How far each process over the log has come. What was saved survives a crash. */
export interface CheckpointStore {
  load(name: string): Position | null;
  save(name: string, position: Position): void;
  close(): void;
}
