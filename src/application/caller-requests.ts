import { UnknownRunError } from '../domain/errors.js';
import type { ExtraAptSource, Job } from '../domain/job.js';
import type { Caller } from './callers.js';
import type { DecidedRun } from './decide-runs.js';
import type { EnqueuedRun } from './enqueue.js';
import { checked } from './input/checked.js';
import { EnqueueRequest } from './input/enqueue-request.js';
import { RetryRequest, RunsRequest } from './input/run-requests.js';
import { ForbiddenError, mayDo, type OwnedRun, type RunAction } from './permissions.js';
import { submit, type RequestTransport } from './submit.js';

/** A run that a caller wants, as they say it: the rules for it are those of the request that is made of it. */
export interface WantedTest
  extends
    Pick<Job, 'package' | 'suite' | 'arch' | 'pins' | 'priority' | 'private'>,
    Partial<Pick<Job, 'variant' | 'trigger'>> {
  /** Absent: the instance's usual one. */
  readonly backend?: string | null;
  /** Names of the operator's extra apt sources. */
  readonly extraAptSources: readonly string[];
}

export interface CallerRequestsParts {
  /** The way to the collector. */
  readonly transport: RequestTransport;
  /** The operator's apt sources of these names, in their order, as far as the user may use them. @throws InvalidInputError */
  readonly aptSources: (names: readonly string[], user: string) => Promise<ExtraAptSource[]>;
  /** What runs a job where nobody says it. */
  readonly defaultBackend: string;
  /** Those of the runs that the user may see, by run id: of all that was decided when it was asked for. */
  readonly visibleRuns: (runIds: readonly number[], user: string) => Promise<ReadonlyMap<number, SeenRun>>;
}

/** What is told of a run here. `endedAt` null: it is open. */
export interface SeenRun extends OwnedRun {
  readonly endedAt: string | null;
}

/** What holders of keys may have done, by whatever API: each says in whose name, and what they may not do is refused. */
export class CallerRequests {
  constructor(private readonly parts: CallerRequestsParts) {}

  /**
   * Everything is checked first: if one is not allowed, or is on the reject list, none is enqueued.
   * @throws InvalidInputError, RequestRefusedError, and what the transport throws
   */
  async enqueue({ user }: Caller, tests: readonly WantedTest[]): Promise<readonly EnqueuedRun[]> {
    const { transport, aptSources, defaultBackend } = this.parts;
    const names = [...new Set(tests.flatMap(({ extraAptSources }) => extraAptSources))];
    const sources = await aptSources(names, user);
    const jobs = tests.map(({ backend, extraAptSources, ...job }) => ({
      ...job,
      backend: backend ?? defaultBackend,
      backendByDefault: backend == null,
      extraAptSources: extraAptSources.map((name) => sources[names.indexOf(name)]),
    }));
    const plain = { type: 'enqueue', requestor: user, origin: { kind: 'api' }, jobs };
    return submit<'enqueue'>(transport, checked(EnqueueRequest, plain));
  }

  /** Each as a new run of the caller's. @throws as the others do */
  async retry(caller: Caller, runIds: readonly number[]): Promise<readonly EnqueuedRun[]> {
    await this.#mustBeAllowed('retry', caller, runIds);
    const request = checked(RetryRequest, { type: 'retry', requestor: caller.user, runIds });
    return submit<'retry'>(this.parts.transport, request);
  }

  /** Calls runs off, or makes them public. If one of them is not possible, nothing is done. @throws as the others do */
  async decide(
    type: 'cancel' | 'publish',
    caller: Caller,
    runIds: readonly number[],
    reason: string | null = null,
  ): Promise<readonly DecidedRun[]> {
    await this.#mustBeAllowed(type, caller, runIds);
    return submit<'cancel'>(this.parts.transport, checked(RunsRequest, { type, by: caller.user, reason, runIds }));
  }

  /** A run, with all that happened to it until now. @throws UnknownRunError where the caller may not see it */
  async find({ user }: Caller, runId: number): Promise<SeenRun> {
    const run = (await this.parts.visibleRuns([runId], user)).get(runId);
    if (!run) throw new UnknownRunError(runId);
    return run;
  }

  /** A run that the caller may not see is one that they do not know. @throws UnknownRunError, ForbiddenError */
  async #mustBeAllowed(action: RunAction, caller: Caller, runIds: readonly number[]): Promise<void> {
    if (caller.operator) return;
    const visible = await this.parts.visibleRuns(runIds, caller.user);
    for (const runId of runIds) {
      const run = visible.get(runId);
      if (!run) throw new UnknownRunError(runId);
      if (!mayDo(action, caller, run)) throw new ForbiddenError(action, runId);
    }
  }
}
