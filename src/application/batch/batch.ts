import { DebciError } from '../../domain/errors.js';
import type { BatchRequest } from '../../domain/ports/batch-state.js';
import type { EnqueuedRun } from '../enqueue.js';
import { checked } from '../input/checked.js';
import { EnqueueRequest } from '../input/enqueue-request.js';
import { MarkPackagesRequest } from '../input/package-requests.js';
import { RequestRefusedError, submit, type RequestTransport } from '../submit.js';
import type { BatchObserver, BatchParts, BatchScope } from './batch-parts.js';
import { batchRequests } from './batch-requests.js';
import { makePlan, targetOf, type Plan } from './plan.js';

/** Batch was told to do nothing until it is online again. */
export class BatchOfflineError extends DebciError {
  readonly code = 'E_BATCH_OFFLINE';
}

/** What batch asked for. */
export interface BatchOutcome extends Plan {
  /** The runs, those of an earlier batch that was interrupted included. */
  readonly runs: readonly EnqueuedRun[];
}

/** A message of any transport holds so many names. */
const MARKS_AT_ONCE = 1000;

/**
 * Asks for the tests of packages that were uploaded, or of whose dependencies one was.
 *
 * Each request is written down before it is sent, with the chains that it stands for, and sent until it is answered; the
 * collector knows a request that it has seen. So it may be interrupted at any point, and the next batch goes on from
 * there: nothing is enqueued twice, and nothing is forgotten. Only one may run at a time.
 */
export class Batch {
  constructor(
    private readonly parts: BatchParts,
    private readonly scope: BatchScope,
    private readonly observer: BatchObserver,
  ) {}

  /**
   * Fetches the archive's indices and says what is to be run. Nothing is asked for.
   * @throws ArchiveUnavailableError
   */
  async plan(signal: AbortSignal): Promise<Plan> {
    this.observer.step('fetch');
    const onLine = (line: string): void => {
      this.observer.line(line);
    };
    await this.parts.archive.refresh(targetOf(this.scope), { signal, onLine });
    return makePlan(this.parts, this.scope, this.observer);
  }

  /**
   * Makes the plan and carries it out. Ends early, between two requests, when the signal aborts.
   * @throws ArchiveUnavailableError, RequestRefusedError, what the transport throws, and
   * @throws BatchOfflineError before anything is done.
   */
  async run(transport: RequestTransport, signal: AbortSignal): Promise<BatchOutcome> {
    const { state } = this.parts;
    if (state.offline) throw new BatchOfflineError('batch is offline; debci batch --online ends that');
    const runs: EnqueuedRun[] = [];
    for (const request of state.unfinished()) runs.push(...(await this.#send(transport, request)));
    const plan = await this.plan(signal);
    let done = 0;
    for (const request of batchRequests(plan.wanted, this.scope)) {
      if (signal.aborted) break;
      this.observer.step('enqueue', done, plan.wanted.length);
      state.begin(request);
      runs.push(...(await this.#send(transport, request)));
      done += request.jobs.length;
    }
    if (!signal.aborted) await this.#mark(transport, plan);
    return { ...plan, runs };
  }

  /** So that packages that the archive has no more leave the lists of statuses. Repeated, it changes nothing. */
  async #mark(transport: RequestTransport, { marks }: Plan): Promise<void> {
    const { suite, arch, requestor } = this.scope;
    const parts = Math.ceil(Math.max(marks.removed.length, marks.returned.length) / MARKS_AT_ONCE);
    for (let part = 0; part < parts; part++) {
      const [removed, returned] = [marks.removed, marks.returned].map((names) =>
        names.slice(part * MARKS_AT_ONCE, (part + 1) * MARKS_AT_ONCE),
      );
      const plain = { type: 'mark-packages', suite, arch, removed, returned, by: requestor ?? 'batch' };
      await submit<'mark-packages'>(transport, checked(MarkPackagesRequest, plain));
    }
  }

  async #send(transport: RequestTransport, { id, body }: BatchRequest): Promise<readonly EnqueuedRun[]> {
    try {
      const runs = await submit<'enqueue'>(transport, checked(EnqueueRequest, JSON.parse(body)), id);
      this.parts.state.finish(
        id,
        runs.map(({ runId }) => runId),
      );
      return runs;
    } catch (error) {
      // Refused: nothing was enqueued. Any other failure leaves that open, so the request stays to be sent again.
      if (error instanceof RequestRefusedError) this.parts.state.drop(id);
      throw error;
    }
  }
}
