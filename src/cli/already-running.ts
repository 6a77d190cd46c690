import { DebciError } from '../domain/errors.js';

/** A collector keeps the log of this data folder. */
export class AlreadyRunningError extends DebciError {
  readonly code = 'E_ALREADY_RUNNING';
}
