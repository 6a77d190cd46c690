import { DebciError } from '../domain/errors.js';

/** The user ended it before it was done. */
export class InterruptedError extends DebciError {
  readonly code = 'E_INTERRUPTED';
}
