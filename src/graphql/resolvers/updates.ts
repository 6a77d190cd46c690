import { Arg, Field, InputType, Resolver, Root, Subscription } from 'type-graphql';
import type { Status as StatusWord } from '../../domain/verdict.js';
import { target, TargetFilter } from '../args.js';
import type { GraphContext } from '../context.js';
import { Status } from '../enums.js';
import { packageStatusChanges, testUpdates, type UpdatesFilter } from '../live/updates.js';
import { Position } from '../scalars.js';
import {
  HappeningEnum,
  PackageStatusUpdate,
  TestUpdate,
  type Happening,
  type PackageStatusUpdateView,
  type TestUpdateView,
} from '../types/updates.js';

@InputType({ description: 'Which updates of runs.' })
class TestUpdateFilter extends TargetFilter {
  @Field(() => Status, { nullable: true, description: 'Only results with this status.' })
  status?: StatusWord | null;

  @Field(() => [HappeningEnum], { nullable: true, description: 'Only these happenings.' })
  happenings?: Happening[] | null;
}

@InputType({ description: 'Which changes of statuses.' })
class StatusUpdateFilter extends TargetFilter {
  @Field(() => Status, { nullable: true, description: 'Only changes to this status.' })
  status?: StatusWord | null;
}

function updatesFilter(filter: TestUpdateFilter | null | undefined): UpdatesFilter {
  return {
    ...target(filter),
    ...(filter?.status != null && { status: filter.status }),
    ...(filter?.happenings != null && { happenings: filter.happenings }),
  };
}

interface Subscribing {
  readonly args: { readonly filter?: TestUpdateFilter | null; readonly after?: string | null };
  readonly context: GraphContext;
}

const AFTER =
  'Begin after this place in the log, with all that happened since; default: with what happens from now on.';

@Resolver()
export class UpdatesResolver {
  @Subscription(() => TestUpdate, {
    subscribe: ({ args, context }: Subscribing) => testUpdates(context, updatesFilter(args.filter), args.after),
    description: 'What happens to runs, in the order of the log, each once.',
  })
  testUpdates(
    @Root() update: TestUpdateView,
    @Arg('filter', () => TestUpdateFilter, { nullable: true, description: 'Which ones; default all.' })
    _filter: unknown,
    @Arg('after', () => Position, { nullable: true, description: AFTER }) _after: unknown,
  ): TestUpdateView {
    return update;
  }

  @Subscription(() => PackageStatusUpdate, {
    subscribe: ({ args, context }: Subscribing) =>
      packageStatusChanges(context, updatesFilter(args.filter), args.after),
    description: "When a package's status becomes another one, in the order of the log, each once.",
  })
  packageStatusChanged(
    @Root() update: PackageStatusUpdateView,
    @Arg('filter', () => StatusUpdateFilter, { nullable: true, description: 'Which ones; default all.' })
    _filter: unknown,
    @Arg('after', () => Position, { nullable: true, description: AFTER }) _after: unknown,
  ): PackageStatusUpdateView {
    return update;
  }
}
