import { DebciError } from '../domain/errors.js';
import type { Caller } from './callers.js';

/** What a permission depends on. A run's requestor never changes, and a public run never becomes private. */
export interface OwnedRun {
  readonly runId: number;
  readonly requestor: string | null;
  readonly private: boolean;
}

export type RunAction = 'retry' | 'cancel' | 'publish';

/** The caller may see the run, but not do this to it. Nothing was done. */
export class ForbiddenError extends DebciError {
  readonly code = 'E_FORBIDDEN';
  override readonly exitCode = 2;

  constructor(action: RunAction, runId: number) {
    super(`you may not ${action} run ${runId}: ${WHO[action]}`);
  }
}

const WHO: Readonly<Record<RunAction, string>> = {
  retry: 'only its requestor may retry a private run',
  cancel: "only its requestor and the instance's operator may cancel a run",
  publish: "only its requestor and the instance's operator may publish a run",
};

/**
 * Who may do what: a public run may be retried by anybody with a key, a private one by its requestor;
 * a run may be cancelled or published by its requestor. The instance's operator may do all of it to every run.
 */
export function mayDo(action: RunAction, { user, operator }: Caller, run: OwnedRun): boolean {
  return operator || run.requestor === user || (action === 'retry' && !run.private);
}
