/** A right that one process holds at a time, and that ends with the process, however that ends. */
export interface Lock {
  /** @returns what gives it back; null while another process holds it */
  tryAcquire(): (() => void) | null;
}
