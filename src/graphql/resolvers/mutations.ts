import { Arg, Ctx, Int, Mutation, Resolver } from 'type-graphql';
import type { DecidedRun } from '../../application/decide-runs.js';
import type { EnqueuedRun } from '../../application/enqueue.js';
import { KeyNeededError, type Caller } from '../../application/callers.js';
import { checked } from '../../application/input/checked.js';
import { EnqueueRequest } from '../../application/input/enqueue-request.js';
import { RetryRequest, RunsRequest } from '../../application/input/run-requests.js';
import { ForbiddenError, mayDo, type RunAction } from '../../application/permissions.js';
import { submit } from '../../application/submit.js';
import { UnknownRunError } from '../../domain/errors.js';
import type { GraphContext } from '../context.js';
import { EnqueueInput } from '../inputs.js';
import { DecidedTest, EnqueuedTest } from '../types/mutations.js';

/** So long a mutation waits for the read model to know what was decided just before. */
const PATIENCE_MS = 5_000;

const RUN_IDS = 'Run ids: 1 to 10,000. If one of them is not possible, nothing is done.';
const REASON = 'Why, in at most 512 characters.';

@Resolver()
export class MutationsResolver {
  @Mutation(() => [EnqueuedTest], {
    description:
      'Asks for tests to be run. Everything is checked first: if one is not allowed, or is on the reject list, none ' +
      'is enqueued. Answered when they are written down. Needs a key.',
  })
  async enqueue(
    @Arg('tests', () => [EnqueueInput], { description: 'In the order of the answer; 1 to 10,000.' })
    tests: EnqueueInput[],
    @Ctx() context: GraphContext,
  ): Promise<readonly EnqueuedRun[]> {
    const { user } = callerOf(context);
    const { aptSources, defaultBackend, transport } = context;
    const jobs = await Promise.all(
      tests.map(async ({ backend, variant = null, trigger = null, extraAptSources, ...job }) => ({
        ...job,
        variant,
        trigger,
        backend: backend ?? defaultBackend,
        backendByDefault: backend == null,
        extraAptSources: await aptSources(extraAptSources, user),
      })),
    );
    return submit<'enqueue'>(
      transport,
      checked(EnqueueRequest, { type: 'enqueue', requestor: user, origin: { kind: 'api' }, jobs }),
    );
  }

  @Mutation(() => [EnqueuedTest], {
    description:
      'Has runs done again, each as a new run of yours: public runs, and private ones of yours. Needs a key.',
  })
  async retry(
    @Arg('runIds', () => [Int], { description: RUN_IDS }) runIds: number[],
    @Ctx() context: GraphContext,
  ): Promise<readonly EnqueuedRun[]> {
    const caller = await permitted('retry', runIds, context);
    const request = checked(RetryRequest, { type: 'retry', requestor: caller.user, runIds });
    return submit<'retry'>(context.transport, request);
  }

  @Mutation(() => [DecidedTest], { description: 'Calls off runs of yours that have not ended. Needs a key.' })
  cancel(
    @Arg('runIds', () => [Int], { description: RUN_IDS }) runIds: number[],
    @Arg('reason', () => String, { nullable: true, description: REASON }) reason: string | null,
    @Ctx() context: GraphContext,
  ): Promise<readonly DecidedRun[]> {
    return decide('cancel', runIds, reason, context);
  }

  @Mutation(() => [DecidedTest], { description: 'Makes private runs of yours public, for good. Needs a key.' })
  publish(
    @Arg('runIds', () => [Int], { description: RUN_IDS }) runIds: number[],
    @Arg('reason', () => String, { nullable: true, description: REASON }) reason: string | null,
    @Ctx() context: GraphContext,
  ): Promise<readonly DecidedRun[]> {
    return decide('publish', runIds, reason, context);
  }
}

/** @throws KeyNeededError */
function callerOf({ caller }: GraphContext): Caller {
  if (caller === null) throw new KeyNeededError();
  return caller;
}

async function decide(
  type: 'cancel' | 'publish',
  runIds: readonly number[],
  reason: string | null | undefined,
  context: GraphContext,
): Promise<readonly DecidedRun[]> {
  const { user } = await permitted(type, runIds, context);
  return submit<'cancel'>(context.transport, checked(RunsRequest, { type, by: user, reason: reason ?? null, runIds }));
}

/**
 * The caller, if they may do this to all of the runs. A run that they may not see is one that they do not know.
 * @throws KeyNeededError, UnknownRunError, ForbiddenError
 */
async function permitted(action: RunAction, runIds: readonly number[], context: GraphContext): Promise<Caller> {
  const caller = callerOf(context);
  if (caller.operator) return caller;
  await readOwnWrites(context);
  const visible = context.readModel.runs.summaries(runIds, caller.user);
  for (const runId of runIds) {
    const run = visible.get(runId);
    if (!run) throw new UnknownRunError(runId);
    if (!mayDo(action, caller, run)) throw new ForbiddenError(action, runId);
  }
  return caller;
}

/** What was enqueued a moment ago can be cancelled now. */
async function readOwnWrites({ log, progress }: GraphContext): Promise<void> {
  const last = await log.lastPosition();
  if (last !== null) await progress.reached(last, AbortSignal.timeout(PATIENCE_MS));
}
