import { decideKey, type DecidedKey } from './decide-keys.js';
import { markPackages, setBackend, type DecidedPackage } from './decide-packages.js';
import { decideRuns, type DecidedRun } from './decide-runs.js';
import type { Enqueue, EnqueuedRun, RequestContext } from './enqueue.js';
import type { EventLog } from './event-log.js';
import { checked } from './input/checked.js';
import { EnqueueRequest } from './input/enqueue-request.js';
import { IssueKeyRequest, RevokeKeyRequest } from './input/key-requests.js';
import { MarkPackagesRequest, SetBackendRequest } from './input/package-requests.js';
import { RedispatchRequest, RetryRequest, RunsRequest } from './input/run-requests.js';
import { retry } from './retry.js';
import { InvalidInputError } from '../domain/errors.js';
import type { JobIndex } from '../domain/ports/job-index.js';

/** Everything that can be asked of the collector, and what it answers. */
export interface Requests {
  readonly enqueue: { readonly request: EnqueueRequest; readonly result: readonly EnqueuedRun[] };
  readonly retry: { readonly request: RetryRequest; readonly result: readonly EnqueuedRun[] };
  readonly cancel: { readonly request: RunsRequest; readonly result: readonly DecidedRun[] };
  readonly publish: { readonly request: RunsRequest; readonly result: readonly DecidedRun[] };
  readonly redispatch: { readonly request: RedispatchRequest; readonly result: { readonly jobs: number } };
  readonly 'set-backend': { readonly request: SetBackendRequest; readonly result: DecidedPackage };
  readonly 'mark-packages': { readonly request: MarkPackagesRequest; readonly result: { readonly changed: number } };
  readonly 'issue-key': { readonly request: IssueKeyRequest; readonly result: DecidedKey };
  readonly 'revoke-key': { readonly request: RevokeKeyRequest; readonly result: DecidedKey };
}
export type RequestType = keyof Requests;

/** It cannot be told what is asked. */
export class NotARequestError extends InvalidInputError {}

type Carry = (plain: unknown, context: RequestContext) => Promise<Requests[RequestType]['result']>;

/** Checks requests and carries them out. */
export class RequestDesk {
  private readonly carry: Readonly<Record<RequestType, Carry>>;

  /** @param redispatch sends every job that waits to the workers again; gives how many */
  constructor(log: EventLog, index: JobIndex, enqueue: Enqueue, redispatch: () => Promise<number>) {
    const runs: Carry = (plain, { requestId }) => decideRuns(log, checked(RunsRequest, plain), requestId);
    this.carry = {
      enqueue: (plain, context) => enqueue.execute(checked(EnqueueRequest, plain), context),
      retry: (plain, context) => retry(log, enqueue, checked(RetryRequest, plain), context),
      cancel: runs,
      publish: runs,
      redispatch: async (plain) => {
        checked(RedispatchRequest, plain);
        return { jobs: await redispatch() };
      },
      'set-backend': (plain, { requestId }) => setBackend(log, index, checked(SetBackendRequest, plain), requestId),
      'mark-packages': (plain, { requestId }) => markPackages(log, checked(MarkPackagesRequest, plain), requestId),
      'issue-key': (plain, { requestId }) => decideKey(log, checked(IssueKeyRequest, plain), requestId),
      'revoke-key': (plain, { requestId }) => decideKey(log, checked(RevokeKeyRequest, plain), requestId),
    };
  }

  /** @throws NotARequestError, InvalidInputError, UnknownRunError, RejectedPackageError: then nothing was done */
  async execute(plain: unknown, context: RequestContext): Promise<unknown> {
    const type = typeof plain === 'object' && plain !== null ? (plain as { type?: unknown }).type : undefined;
    if (typeof type === 'string' && Object.hasOwn(this.carry, type)) {
      return this.carry[type as RequestType](plain, context);
    }
    const allowed = `one of ${Object.keys(this.carry).join(', ')}`;
    throw new NotARequestError([{ field: 'type', value: type, allowed }]);
  }
}
