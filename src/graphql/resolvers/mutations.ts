import { Arg, Ctx, Int, Mutation, Resolver } from 'type-graphql';
import { KeyNeededError, type Caller } from '../../application/callers.js';
import type { DecidedRun } from '../../application/decide-runs.js';
import type { EnqueuedRun } from '../../application/enqueue.js';
import type { GraphContext } from '../context.js';
import { EnqueueInput } from '../inputs.js';
import { DecidedTest, EnqueuedTest } from '../types/mutations.js';

const RUN_IDS = 'Run ids: 1 to 10,000. If one of them is not possible, nothing is done.';
const REASON = 'Why, in at most 512 characters.';

@Resolver()
export class MutationsResolver {
  @Mutation(() => [EnqueuedTest], {
    description:
      'Asks for tests to be run. Everything is checked first: if one is not allowed, or is on the reject list, none ' +
      'is enqueued. Answered when they are written down. Needs a key.',
  })
  enqueue(
    @Arg('tests', () => [EnqueueInput], { description: 'In the order of the answer; 1 to 10,000.' })
    tests: EnqueueInput[],
    @Ctx() context: GraphContext,
  ): Promise<readonly EnqueuedRun[]> {
    const wanted = tests.map(({ variant = null, trigger = null, ...test }) => ({ ...test, variant, trigger }));
    return context.requests.enqueue(callerOf(context), wanted);
  }

  @Mutation(() => [EnqueuedTest], {
    description:
      'Has runs done again, each as a new run of yours: public runs, and private ones of yours. Needs a key.',
  })
  retry(
    @Arg('runIds', () => [Int], { description: RUN_IDS }) runIds: number[],
    @Ctx() context: GraphContext,
  ): Promise<readonly EnqueuedRun[]> {
    return context.requests.retry(callerOf(context), runIds);
  }

  @Mutation(() => [DecidedTest], { description: 'Calls off runs of yours that have not ended. Needs a key.' })
  cancel(
    @Arg('runIds', () => [Int], { description: RUN_IDS }) runIds: number[],
    @Arg('reason', () => String, { nullable: true, description: REASON }) reason: string | null,
    @Ctx() context: GraphContext,
  ): Promise<readonly DecidedRun[]> {
    return context.requests.decide('cancel', callerOf(context), runIds, reason);
  }

  @Mutation(() => [DecidedTest], { description: 'Makes private runs of yours public, for good. Needs a key.' })
  publish(
    @Arg('runIds', () => [Int], { description: RUN_IDS }) runIds: number[],
    @Arg('reason', () => String, { nullable: true, description: REASON }) reason: string | null,
    @Ctx() context: GraphContext,
  ): Promise<readonly DecidedRun[]> {
    return context.requests.decide('publish', callerOf(context), runIds, reason);
  }
}

/** @throws KeyNeededError */
function callerOf({ caller }: GraphContext): Caller {
  if (caller === null) throw new KeyNeededError();
  return caller;
}
