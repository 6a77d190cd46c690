import { Args, ArgsType, Ctx, Field, Query, Resolver } from 'type-graphql';
import { follows } from '../../application/input/follows.js';
import * as rules from '../../domain/rules.js';
import { compare } from '../../projections/compare.js';
import type {
  Difference,
  DifferenceCursor,
  FlakyPackage,
  PlatformIssue,
  SuiteCursor,
  Target,
} from '../../projections/views.js';
import { asOfOption, ComparePoint, FlakyFilterInput, target } from '../args.js';
import { Connection, PageArgs, pageSize, PastPageArgs } from '../connection.js';
import type { GraphContext } from '../context.js';
import { decodeCursor, encodeCursor } from '../cursor.js';
import { listCost } from '../limits.js';
import { DifferenceConnection, FlakyConnection, PlatformIssueConnection } from '../types/package.js';

@ArgsType()
class FlakyArgs extends PastPageArgs {
  @Field(() => FlakyFilterInput, { nullable: true, description: 'Which ones; default all.' })
  filter?: FlakyFilterInput | null;
}

@ArgsType()
class PlatformIssuesArgs extends PastPageArgs {
  @Field(() => String, { nullable: true, description: 'Only of this suite.' })
  suite?: string | null;
}

@ArgsType()
class CompareArgs extends PageArgs {
  @Field(() => ComparePoint, { description: 'The first point.' })
  from!: ComparePoint;

  @Field(() => ComparePoint, { description: 'The second point: another suite, or the same at another moment.' })
  to!: ComparePoint;

  @Field(() => String, { nullable: true, description: 'Only this architecture.' })
  arch?: string | null;
}

const flakyCursor = ({ suite, arch, package: name }: Target): string => encodeCursor('flaky', [suite, arch, name]);
const issueCursor = ({ suite, package: name }: SuiteCursor): string => encodeCursor('issues', [suite, name]);
const differenceCursor = ({ arch, package: name }: DifferenceCursor): string => encodeCursor('compare', [arch, name]);

@Resolver()
export class ComparisonResolver {
  @Query(() => FlakyConnection, {
    complexity: listCost,
    description: 'Packages whose results flip though neither version nor testbed change.',
  })
  flaky(
    @Args(() => FlakyArgs) { first, after, filter, asOf }: FlakyArgs,
    @Ctx() { readModel }: GraphContext,
  ): Connection<FlakyPackage> {
    const at = after == null ? undefined : decodeCursor('flaky', after, ['', '', '']);
    const { items, next } = readModel.flaky.packages(
      { ...target(filter), ...(filter?.since != null && { since: filter.since }) },
      {
        limit: pageSize(first),
        ...asOfOption(asOf),
        ...(at && { after: { suite: at[0], arch: at[1], package: at[2] } }),
      },
    );
    return new Connection<FlakyPackage>({ items, cursorOf: flakyCursor, after, next: next && flakyCursor(next) });
  }

  @Query(() => PlatformIssueConnection, {
    complexity: listCost,
    description: 'Packages that do not stand the same on all architectures of a suite, by suite and package.',
  })
  platformIssues(
    @Args(() => PlatformIssuesArgs) { first, after, suite, asOf }: PlatformIssuesArgs,
    @Ctx() { readModel }: GraphContext,
  ): Connection<PlatformIssue> {
    const at = after == null ? undefined : decodeCursor('issues', after, ['', '']);
    const past = asOfOption(asOf);
    const options = { limit: pageSize(first), ...past, ...(at && { after: { suite: at[0], package: at[1] } }) };
    const { items, next } = readModel.issues.platformSpecific(target({ suite: suite ?? null }), options);
    return new Connection<PlatformIssue>({
      items: items.map((issue) => ({ ...issue, statuses: issue.statuses.map((status) => ({ ...status, ...past })) })),
      cursorOf: issueCursor,
      after,
      next: next && issueCursor(next),
    });
  }

  @Query(() => DifferenceConnection, {
    complexity: listCost,
    description:
      'The packages that do not have the same status in two suites, or in one at two moments. Where they are rare, a ' +
      'page may hold fewer than asked for (even none): go on from `endCursor` while `hasNextPage` is true.',
  })
  compare(
    @Args(() => CompareArgs) { first, after, from, to, arch }: CompareArgs,
    @Ctx() { readModel }: GraphContext,
  ): Connection<Difference> {
    const at = after == null ? undefined : decodeCursor('compare', after, ['', '']);
    const query = {
      from: pointOf(from),
      to: pointOf(to),
      limit: pageSize(first),
      ...(arch != null && { arch: follows('arch', arch, rules.archName) }),
      ...(at && { after: { arch: at[0], package: at[1] } }),
    };
    const { items, next } = readModel.snapshot(() => compare(readModel.packages, query));
    return new Connection<Difference>({
      items,
      cursorOf: differenceCursor,
      after,
      next: next && differenceCursor(next),
    });
  }
}

function pointOf({ suite, asOf }: ComparePoint): { suite: string; asOf?: string } {
  return { suite: follows('suite', suite, rules.suiteName), ...asOfOption(asOf) };
}
