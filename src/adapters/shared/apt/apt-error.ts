import { DebciError } from '../../../domain/errors.js';

/** This machine's apt failed, or names no archive of its distribution. */
export class AptError extends DebciError {
  readonly code = 'E_APT';
}
