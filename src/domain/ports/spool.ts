import { DebciError } from '../errors.js';
import type { Headers } from './message-bus.js';

/** Messages on the worker's disk until the broker has them. What `put` resolved for survives a crash and a loss of power. */
export interface Spool {
  /**
   * Keeps a message, over an older one of the same name. A name is 1 to 200 of a-z A-Z 0-9 . _ - beginning with a letter or digit.
   * @throws SpoolError where the disk is full or refuses; nothing of it is kept.
   * @throws InvalidInputError for a bad name.
   */
  put(name: string, body: Uint8Array, headers: Headers): Promise<void>;

  /**
   * What is kept now, about oldest first, read one by one. An entry that the disk has damaged is put aside and told to the logger.
   * The iteration throws SpoolError where the disk refuses.
   */
  entries(): AsyncIterable<SpoolEntry>;

  /** Forgets a message; nothing to do where there is none. */
  remove(name: string): Promise<void>;
}

export interface SpoolEntry {
  readonly name: string;
  readonly body: Uint8Array;
  readonly headers: Headers;
}

/** The spool cannot be written or read: a full disk, a folder that is missing or not ours. */
export class SpoolError extends DebciError {
  readonly code = 'E_SPOOL';
}
