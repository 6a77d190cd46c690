import { Arg, Ctx, Query, Resolver } from 'type-graphql';
import { follows } from '../../application/input/follows.js';
import * as rules from '../../domain/rules.js';
import type {
  DayCounts as DayCountsView,
  PlatformCounts as PlatformCountsView,
  WorkerView,
} from '../../projections/views.js';
import type { GraphContext } from '../context.js';
import { asOfOption } from '../args.js';
import { AsOf, Day, Position } from '../scalars.js';
import { DayCounts, PlatformCounts, RejectEntry, Worker } from '../types/overview.js';

/** Lists without pages: so many items are counted for each. */
const USUAL_LENGTH = 100;
const wholeListCost = ({ childComplexity }: { childComplexity: number }): number => USUAL_LENGTH * childComplexity;

const MAX_DAYS = 3660;
const DAY_MS = 24 * 3600 * 1000;

@Resolver()
export class OverviewResolver {
  @Query(() => Position, {
    nullable: true,
    description:
      'The place in the log up to which answers hold now; null: nothing has happened yet. Ask for it before ' +
      'subscribing `after` it, so that nothing is missed in between.',
  })
  position(@Ctx() { readModel }: GraphContext): string | null {
    return readModel.position();
  }

  @Query(() => [DayCounts], {
    complexity: wholeListCost,
    description: 'How a suite developed on an architecture: the days on which something happened, the oldest first.',
  })
  statusHistory(
    @Arg('suite', () => String, { description: 'The suite.' }) suite: string,
    @Arg('arch', () => String, { description: 'The Debian architecture.' }) arch: string,
    @Arg('from', () => Day, { description: 'The first day.' }) from: string,
    @Arg('to', () => Day, { description: `The last day; at most ${MAX_DAYS} days after the first.` }) to: string,
    @Ctx() { readModel }: GraphContext,
  ): DayCountsView[] {
    follows('to', (Date.parse(to) - Date.parse(from)) / DAY_MS, rules.integer(0, MAX_DAYS));
    return readModel.counts.days(
      follows('suite', suite, rules.suiteName),
      follows('arch', arch, rules.archName),
      from,
      to,
    );
  }

  @Query(() => [PlatformCounts], {
    complexity: wholeListCost,
    description: 'How many packages of each suite and architecture have which status, by suite and architecture.',
  })
  statusCounts(
    @Arg('asOf', () => AsOf, { nullable: true, description: 'As it stood then; default: now.' }) asOf: string | null,
    @Ctx() { readModel }: GraphContext,
  ): PlatformCountsView[] {
    return readModel.counts.platforms(asOfOption(asOf).asOf);
  }

  @Query(() => [Worker], { complexity: wholeListCost, description: 'All workers that were ever heard of, by name.' })
  workers(@Ctx() { readModel, viewer }: GraphContext): WorkerView[] {
    return readModel.counts.workers(viewer);
  }

  @Query(() => [RejectEntry], {
    complexity: wholeListCost,
    description: 'What is never tested: requests that name such a package are refused.',
  })
  rejectList(@Ctx() { rejectList }: GraphContext): RejectEntry[] {
    return [...rejectList.entries()];
  }
}
