import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, Int, Query, Resolver, Root } from 'type-graphql';
import { follows } from '../../application/input/follows.js';
import type { TestCase as TestCaseView } from '../../domain/events.js';
import { runFolder, type ChangedPackage as ChangedPackageView } from '../../domain/job.js';
import * as rules from '../../domain/rules.js';
import type { Status as StatusWord } from '../../domain/verdict.js';
import type { RunQueries } from '../../projections/run-queries.js';
import type { DateCursor, Page, QueueCursor, RunDetails, RunSummary } from '../../projections/views.js';
import { asOfOption, QueueFilter, target, TestFilter } from '../args.js';
import { Connection, PageArgs, pageSize, PastPageArgs } from '../connection.js';
import type { GraphContext } from '../context.js';
import { decodeCursor, encodeCursor } from '../cursor.js';
import { Status } from '../enums.js';
import { listCost } from '../limits.js';
import { DateTime } from '../scalars.js';
import { QueueSize } from '../types/overview.js';
import { ChangedPackage, Test, TestCase, TestConnection } from '../types/test.js';

@ArgsType()
class TestsArgs extends PastPageArgs {
  @Field(() => TestFilter, { nullable: true, description: 'Which ones; default all.' })
  filter?: TestFilter | null;
}

@ArgsType()
class QueueArgs extends PageArgs {
  @Field(() => QueueFilter, { nullable: true, description: 'Which ones; default all.' })
  filter?: QueueFilter | null;
}

const dateCursor = ({ endedAt, runId }: DateCursor): string => encodeCursor('tests', [endedAt, runId]);
const queueCursor = ({ priority, runId }: QueueCursor): string => encodeCursor('queue', [priority, runId]);

/** A page of ended runs. */
export function testsByDate(
  { items, next }: Page<RunSummary, DateCursor>,
  after: string | null | undefined,
): Connection<RunSummary> {
  const cursorOf = ({ endedAt, runId }: RunSummary): string => dateCursor({ endedAt: endedAt ?? '', runId });
  return new Connection({ items, cursorOf, after, next: next && dateCursor(next) });
}

@Resolver(() => Test)
export class TestResolver {
  @Query(() => Test, { nullable: true, description: 'A run; null: there is none that you may see.' })
  test(
    @Arg('runId', () => Int, { description: 'Its run id.' }) runId: number,
    @Ctx() { load }: GraphContext,
  ): Promise<RunSummary | null> {
    return load.details.load(follows('runId', runId, rules.runId));
  }

  @Query(() => TestConnection, {
    complexity: listCost,
    description:
      'Ended runs, the newest first. Where few match, a page may hold fewer than asked for (even none) though more ' +
      'follow: go on from `endCursor` while `hasNextPage` is true.',
  })
  tests(
    @Args(() => TestsArgs) { first, after, filter, asOf }: TestsArgs,
    @Ctx() { readModel, viewer }: GraphContext,
  ): Connection<RunSummary> {
    const at = after == null ? undefined : decodeCursor('tests', after, ['', 0]);
    const page = readModel.runs.search({
      viewer,
      limit: pageSize(first),
      ...target(filter),
      ...asOfOption(asOf),
      ...(filter?.status != null && { status: filter.status }),
      ...(at && { before: { endedAt: at[0], runId: at[1] } }),
    });
    return testsByDate(page, after);
  }

  @Query(() => TestConnection, {
    complexity: listCost,
    description: 'Runs that have not ended, in the order in which they are due: by priority, then the oldest first.',
  })
  queue(
    @Args(() => QueueArgs) { first, after, filter }: QueueArgs,
    @Ctx() { readModel, viewer }: GraphContext,
  ): Connection<RunSummary> {
    const at = after == null ? undefined : decodeCursor('queue', after, [0, 0]);
    const { items, next } = readModel.runs.queue({
      viewer,
      limit: pageSize(first),
      ...target(filter),
      ...(filter?.state != null && { state: filter.state }),
      ...(at && { after: { priority: at[0], runId: at[1] } }),
    });
    return new Connection<RunSummary>({ items, cursorOf: queueCursor, after, next: next && queueCursor(next) });
  }

  @Query(() => QueueSize, { description: 'How many public runs wait, and how many are running.' })
  queueSize(@Ctx() { readModel }: GraphContext): ReturnType<RunQueries['queueCounts']> {
    return readModel.runs.queueCounts();
  }

  @FieldResolver(() => Status, {
    nullable: true,
    description:
      "The status of the run before it, by date, of those that make the package's status; null: there is none.",
  })
  previousStatus(@Root() run: RunSummary, @Ctx() { readModel }: GraphContext): StatusWord | null {
    return readModel.runs.previousStatus(run);
  }

  @FieldResolver(() => [TestCase], {
    description: 'The tests of the suite and their results; empty until it has ended.',
  })
  async testCases(@Root() run: RunSummary, @Ctx() context: GraphContext): Promise<readonly TestCaseView[]> {
    return (await details(run, context)).tests;
  }

  @FieldResolver(() => [ChangedPackage], { description: 'What changed, for a run that batch asked for.' })
  async reasons(@Root() run: RunSummary, @Ctx() context: GraphContext): Promise<readonly ChangedPackageView[]> {
    return (await details(run, context)).job.reasons;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: "autopkgtest's variant of the testbed; null: the usual one.",
  })
  async variant(@Root() run: RunSummary, @Ctx() context: GraphContext): Promise<string | null> {
    return (await details(run, context)).job.variant;
  }

  @FieldResolver(() => String, { description: 'By which way it was asked for: `cli`, `api`, `batch` or `retry`.' })
  async origin(@Root() run: RunSummary, @Ctx() context: GraphContext): Promise<string> {
    return (await details(run, context)).job.origin.kind;
  }

  @FieldResolver(() => Int, { nullable: true, description: 'The run that it repeats; null: none.' })
  async retryOf(@Root() run: RunSummary, @Ctx() context: GraphContext): Promise<number | null> {
    const { origin } = (await details(run, context)).job;
    return origin.kind === 'retry' ? origin.of : null;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: "SHA-256 of the list of the testbed's packages: two runs with the same one saw the same testbed.",
  })
  async testbedDigest(@Root() run: RunSummary, @Ctx() context: GraphContext): Promise<string | null> {
    return (await details(run, context)).testbedDigest;
  }

  @FieldResolver(() => DateTime, {
    nullable: true,
    description: 'When a private run was made public; null: it was not.',
  })
  async publishedAt(@Root() run: RunSummary, @Ctx() context: GraphContext): Promise<string | null> {
    return (await details(run, context)).publishedAt;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'Where its log lies on this server, from the root; null: there is none, or it was removed.',
  })
  logUrl(@Root() run: RunSummary): string | null {
    return fileUrl(run, run.logBytes, 'log.gz');
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'Where its artifacts lie on this server, from the root; null: there are none, or they were removed.',
  })
  artifactsUrl(@Root() run: RunSummary): string | null {
    return fileUrl(run, run.artifactsBytes, 'artifacts.tar.gz');
  }
}

function fileUrl(run: RunSummary, bytes: number | null, file: string): string | null {
  if (bytes === null || bytes === 0 || run.purgedAt !== null) return null;
  return encodeURI(`/data/${runFolder(run)}/${file}`);
}

/** What a summary leaves out. The viewer saw the summary, and what is seen once stays so. */
async function details({ runId }: RunSummary, { load }: GraphContext): Promise<RunDetails> {
  const run = await load.details.load(runId);
  if (run === null) throw new Error(`run ${runId} is no longer there`);
  return run;
}
