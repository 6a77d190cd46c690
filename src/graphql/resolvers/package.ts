import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { follows } from '../../application/input/follows.js';
import { packagePrefix } from '../../domain/job.js';
import * as rules from '../../domain/rules.js';
import type { DateCursor, NewsItem, PackageStatus as StatusView, RunSummary, Target } from '../../projections/views.js';
import { asOfOption, statusFilter, StatusFilterInput, target } from '../args.js';
import { Connection, PageArgs, pageSize, PastPageArgs } from '../connection.js';
import type { GraphContext } from '../context.js';
import { decodeCursor, encodeCursor } from '../cursor.js';
import { AsOf } from '../scalars.js';
import { listCost } from '../limits.js';
import {
  NewsConnection,
  Package,
  PackageConnection,
  PackageStatus,
  PackageStatusConnection,
  type PackageName,
  type StatusAsOf,
} from '../types/package.js';
import { TestConnection } from '../types/test.js';
import { testsByDate } from './test.js';

/** Packages are tested in some suites on some architectures. */
const USUAL_TARGETS = 20;

@ArgsType()
class PackagesArgs extends PageArgs {
  @Field(() => String, {
    nullable: true,
    description: 'Names that hold this text: the very one first, then those that begin with it, then the rest.',
  })
  search?: string | null;

  @Field(() => String, { nullable: true, description: 'Those that Debian sorts here: `h`, `libx`.' })
  prefix?: string | null;
}

@ArgsType()
class StatusesArgs extends PastPageArgs {
  @Field(() => StatusFilterInput, { nullable: true, description: 'Which ones; default all.' })
  filter?: StatusFilterInput | null;
}

@ArgsType()
class NewsArgs extends PastPageArgs {
  @Field(() => String, { nullable: true, description: 'Only of this source package.' })
  package?: string | null;
}

const SEARCH = rules.line(128);
const PREFIX = rules.pattern(/^[a-z0-9+.-]{1,4}$/, 'a prefix of package names such as h or libx');

const statusCursor = (status: Target): string => encodeCursor('statuses', [status.suite, status.arch, status.package]);
const newsCursor = ({ endedAt, runId }: DateCursor): string => encodeCursor('news', [endedAt, runId]);

@Resolver(() => Package)
export class PackageResolver {
  @Query(() => Package, {
    nullable: true,
    description: 'A source package; null: no public run of it was ever asked for.',
  })
  package(
    @Arg('name', () => String, { description: 'Its name.' }) name: string,
    @Arg('asOf', () => AsOf, { nullable: true, description: 'How it stood then; default: how it stands.' })
    asOf: string | null,
    @Ctx() { readModel }: GraphContext,
  ): PackageName | null {
    return readModel.packages.has(follows('name', name, rules.packageName)) ? { name, ...asOfOption(asOf) } : null;
  }

  @Query(() => PackageConnection, {
    complexity: listCost,
    description: 'Source packages: by name, or the best matches of a search first.',
  })
  packages(
    @Args(() => PackagesArgs) args: PackagesArgs,
    @Ctx() { readModel: { packages } }: GraphContext,
  ): Connection<PackageName> {
    const { first, after, prefix, search } = args;
    if (search != null) {
      const text = follows('search', search, SEARCH);
      return foundPackages(args, (limit) => packages.search(text, limit));
    }
    const { items, next } = packages.names({
      limit: pageSize(first),
      ...(prefix != null && { prefix: follows('prefix', prefix, PREFIX) }),
      ...(after != null && { after: decodeCursor('packages', after, [''])[0] }),
    });
    const cursorOf = ({ name }: PackageName): string => encodeCursor('packages', [name]);
    const names = items.map((name) => ({ name }));
    return new Connection({ items: names, cursorOf, after, next: next === null ? null : cursorOf({ name: next }) });
  }

  @Query(() => PackageStatusConnection, {
    complexity: listCost,
    description: 'How packages stand, by suite, architecture and package.',
  })
  packageStatuses(
    @Args(() => StatusesArgs) { first, after, filter, asOf }: StatusesArgs,
    @Ctx() context: GraphContext,
  ): Connection<StatusAsOf> {
    const { packages } = context.readModel;
    const at = after == null ? undefined : decodeCursor('statuses', after, ['', '', '']);
    const from = at && { suite: at[0], arch: at[1], package: at[2] };
    const past = asOfOption(asOf);
    const options = { limit: pageSize(first), ...past, ...(from && { after: from }) };
    const page = packages.statuses(statusFilter(filter), options);
    return new Connection<StatusAsOf>({
      items: inPast(page.items, past),
      cursorOf: statusCursor,
      after,
      next: page.next && statusCursor(page.next),
    });
  }

  @Query(() => NewsConnection, { complexity: listCost, description: "Debian's news, the newest first." })
  news(
    @Args(() => NewsArgs) { first, after, asOf, package: name }: NewsArgs,
    @Ctx() { readModel }: GraphContext,
  ): Connection<NewsItem> {
    const at = after == null ? undefined : decodeCursor('news', after, ['', 0]);
    const { items, next } = readModel.packages.news({
      limit: pageSize(first),
      ...target({ package: name ?? null }),
      ...asOfOption(asOf),
      ...(at && { before: { endedAt: at[0], runId: at[1] } }),
    });
    const cursorOf = ({ run }: NewsItem): string => newsCursor({ endedAt: run.endedAt ?? '', runId: run.runId });
    return new Connection({ items, cursorOf, after, next: next && newsCursor(next) });
  }

  @FieldResolver(() => String, { description: 'Where Debian sorts it: `lib` and a letter, or its first letter.' })
  prefix(@Root() { name }: PackageName): string {
    return packagePrefix(name);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'The backend that it was given for its tests, used where a request names none; null: the usual one.',
  })
  backend(@Root() { name }: PackageName, @Ctx() { readModel }: GraphContext): string | null {
    return readModel.backends.of(name);
  }

  @FieldResolver(() => [PackageStatus], {
    complexity: ({ childComplexity }) => USUAL_TARGETS * childComplexity,
    description: 'How it stands everywhere: by suite, then architecture.',
  })
  async statuses(
    @Root() { name, asOf }: PackageName,
    @Arg('suite', () => String, { nullable: true, description: 'Only in this suite.' }) suite: string | null,
    @Arg('arch', () => String, { nullable: true, description: 'Only on this architecture.' }) arch: string | null,
    @Ctx() { load }: GraphContext,
  ): Promise<readonly StatusAsOf[]> {
    const past = asOfOption(asOf);
    const matrix = inPast(await load.matrix.load({ name, ...past }), past);
    return matrix.filter((status) => (suite ?? status.suite) === status.suite && (arch ?? status.arch) === status.arch);
  }
}

/** The moment that statuses are of goes along with them, to the questions that follow. */
function inPast(statuses: readonly StatusView[], past: { readonly asOf?: string }): readonly StatusAsOf[] {
  return past.asOf === undefined ? statuses : statuses.map((status) => ({ ...status, ...past }));
}

/** A search is ranked, so a place in it is a number. */
function foundPackages({ first, after }: PackagesArgs, search: (limit: number) => string[]): Connection<PackageName> {
  const limit = pageSize(first);
  const [skipped] = after == null ? [0] : decodeCursor('found', after, [0]);
  const start = follows('after', skipped, rules.integer(0, 10_000));
  const found = search(start + limit + 1).slice(start);
  const cursor = (place: number): string => encodeCursor('found', [place]);
  const items = found.slice(0, limit).map((name, index) => ({ name, place: start + index + 1 }));
  const next = found.length > limit ? cursor(start + limit) : null;
  return new Connection({ items, cursorOf: ({ place }) => cursor(place), after, next });
}

@Resolver(() => PackageStatus)
export class PackageStatusResolver {
  @FieldResolver(() => TestConnection, {
    complexity: listCost,
    description: 'Its ended runs, the newest first: pinned, cancelled and (to their requestor) private ones too.',
  })
  async tests(
    @Root() { package: name, suite, arch, asOf }: StatusAsOf,
    @Args(() => PageArgs) { first, after }: PageArgs,
    @Ctx() { load, readModel, viewer }: GraphContext,
  ): Promise<Connection<RunSummary>> {
    const key = { package: name, suite, arch, limit: pageSize(first), ...asOfOption(asOf) };
    if (after == null) return testsByDate(await load.history.load(key), after);
    const [endedAt, runId] = decodeCursor('tests', after, ['', 0]);
    return testsByDate(readModel.runs.history(key, { ...key, viewer, before: { endedAt, runId } }), after);
  }
}
