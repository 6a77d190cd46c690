import type { Job } from '../domain/job.js';
import { WrongRevisionError, type Position } from '../domain/ports/event-store.js';
import type { JobIndex } from '../domain/ports/job-index.js';
import type { RejectList } from '../domain/ports/reject-list.js';
import { RejectedPackageError, rejection, type Candidate } from '../domain/reject-list.js';
import { testRunDecider, testStream } from '../domain/test-run.js';
import type { EventLog } from './event-log.js';
import type { EnqueueRequest, JobInput } from './input/enqueue-request.js';

/** A job that now exists. */
export type EnqueuedRun = Pick<Job, 'runId' | 'package' | 'suite' | 'arch' | 'backend'>;

/** Who sent a request, and the id by which a repetition of it is known. */
export interface RequestContext {
  readonly requestId: string;
  /** The message was delivered before: a collector may have handled it, or a part of it, and died. */
  readonly redelivered: boolean;
}

function jobOf(input: JobInput, runId: number, request: EnqueueRequest, backend: string): Job {
  const { origin, requestor } = request;
  return {
    runId,
    package: input.package,
    suite: input.suite,
    arch: input.arch,
    backend,
    variant: input.variant,
    trigger: input.trigger,
    pins: input.pins,
    extraAptSources: input.extraAptSources,
    priority: input.priority,
    requestor,
    private: input.private,
    origin,
    reasons: input.reasons,
  };
}

const asRun = ({ runId, package: name, suite, arch, backend }: Job): EnqueuedRun => ({
  runId,
  package: name,
  suite,
  arch,
  backend,
});

/** Older ones are long in the index. */
const REMEMBERED_REQUESTS = 1000;

/**
 * Turns requests into jobs. Gives out the run ids, so there must be only one: the collector's.
 * A request that comes twice is answered with the same runs.
 */
export class Enqueue {
  private nextRunId = 0;
  private lastPosition: Position | null = null;
  /** The requests that were taken last, by their ids, and when each was done; not what came of them, which may be much. */
  private readonly taken = new Map<string, Promise<void>>();

  constructor(
    private readonly log: EventLog,
    private readonly index: JobIndex,
    private readonly rejectList: RejectList,
  ) {}

  /** @throws RejectedPackageError where the reject list names one of them: then none is to be enqueued. */
  assertAllowed(candidates: readonly Candidate[]): void {
    const entries = this.rejectList.entries();
    const rejections = candidates.flatMap((candidate) => {
      const { package: name, suite, arch } = candidate;
      const entry = rejection(entries, { package: name, suite, arch });
      return entry === null ? [] : [{ candidate, entry }];
    });
    if (rejections.length > 0) throw new RejectedPackageError(rejections);
  }

  /**
   * @returns the runs in the order of the request's jobs
   * @throws RejectedPackageError; then nothing was enqueued
   */
  async execute(request: EnqueueRequest, context: RequestContext): Promise<EnqueuedRun[]> {
    this.assertAllowed(request.jobs);
    const earlier = this.taken.get(context.requestId);
    const work = this.once(request, context, earlier);
    this.remember(context.requestId, work);
    return work;
  }

  /**
   * Who sends a request again may do so while the first one is being carried out; also then it is done once.
   * @param earlier the same request's, if it came before
   */
  private async once(
    request: EnqueueRequest,
    context: RequestContext,
    earlier: Promise<void> | undefined,
  ): Promise<EnqueuedRun[]> {
    await earlier;
    const made = await this.madeBefore({ ...context, redelivered: context.redelivered || earlier !== undefined });
    this.nextRunId = Math.max(this.nextRunId, this.index.nextRunId());
    return Promise.all(
      request.jobs.map(async (input, requestIndex) => {
        const runId = made.get(requestIndex);
        if (runId !== undefined) return asRun(jobOf(input, runId, request, this.backendOf(input)));
        return this.append(input, request, { requestId: context.requestId, requestIndex });
      }),
    );
  }

  /** The one that was asked for; where none was, the package's own, if it was given one. */
  private backendOf({ package: name, backend, backendByDefault }: JobInput): string {
    return (backendByDefault ? this.index.packageBackend(name) : null) ?? backend;
  }

  private remember(requestId: string, work: Promise<unknown>): void {
    const done = (): void => undefined;
    this.taken.delete(requestId);
    this.taken.set(requestId, work.then(done, done));
    const [oldest] = this.taken.keys();
    if (oldest !== undefined && this.taken.size > REMEMBERED_REQUESTS) this.taken.delete(oldest);
  }

  private async madeBefore({ requestId, redelivered }: RequestContext): Promise<ReadonlyMap<number, number>> {
    if (redelivered && this.lastPosition !== null) await this.index.reached(this.lastPosition);
    return this.index.runsOfRequest(requestId);
  }

  private async append(
    input: JobInput,
    request: EnqueueRequest,
    from: { requestId: string; requestIndex: number },
  ): Promise<EnqueuedRun> {
    const job = jobOf(input, this.nextRunId++, request, this.backendOf(input));
    const events = testRunDecider.decide(testRunDecider.initialState, { type: 'enqueue', job });
    try {
      const { position } = await this.log.append(testStream(job.runId), events, 'none', {
        actor: actorOf(request),
        causationId: from.requestId,
        correlationId: from.requestId,
        requestIndex: from.requestIndex,
      });
      if (this.lastPosition === null || position > this.lastPosition) this.lastPosition = position;
      return asRun(job);
    } catch (error) {
      // The projections had not yet seen this run id: take the next.
      if (error instanceof WrongRevisionError) return this.append(input, request, from);
      throw error;
    }
  }
}

function actorOf({ requestor }: EnqueueRequest): string {
  return requestor === null ? 'unknown' : `user:${requestor}`;
}
