/** Which part of a result something is. */
export interface PartKey {
  /** Of the whole, hexadecimal: parts with the same one belong together. */
  readonly sha256: string;
  /** From 1. */
  readonly index: number;
  readonly count: number;
}

/**
 * Parts of large results, on disk until each whole is there. Parts whose others do not come are forgotten after a
 * time; so are the oldest where more is kept than may be. Whoever sent them sends all of them again, or the job's lease
 * runs out: a result is not lost with them.
 */
export interface PartStore {
  /**
   * Keeps a part durably, in place of the same one. Not to be called at once for parts of one whole.
   * @returns the whole, once all of its parts are there; until then null
   * @throws BrokenResultError where the parts do not make up the whole that they name; they are forgotten.
   * @throws ArtifactsUnavailableError where the disk is full or refuses.
   */
  add(key: PartKey, body: Uint8Array): Promise<WholeResult | null>;

  /** Drops what there is of a whole, which is of no more use. @throws ArtifactsUnavailableError */
  forget(key: PartKey): Promise<void>;
}

/** All parts of a result, checked. */
export interface WholeResult {
  /** From the start, on each call. */
  content(): AsyncIterable<Uint8Array>;
  /** To be called when the result has been taken, or is of no use. */
  forget(): Promise<void>;
}
