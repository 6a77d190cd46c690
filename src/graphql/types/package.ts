import { Field, Int, ObjectType } from 'type-graphql';
import type {
  Difference as DifferenceView,
  FlakyPackage as FlakyPackageView,
  NewsItem as NewsItemView,
  PackageStatus as PackageStatusView,
  PlatformIssue as PlatformIssueView,
} from '../../projections/views.js';
import { connectionType } from '../connection.js';
import { Status } from '../enums.js';
import { DateTime } from '../scalars.js';
import { Test } from './test.js';

const simpleResolvers = true;

/** What the resolvers of Package start from. */
export interface PackageName {
  readonly name: string;
  /** The moment that it is asked about; absent: now. */
  readonly asOf?: string;
}

/** What the resolvers of PackageStatus start from. */
export type StatusAsOf = PackageStatusView & Pick<PackageName, 'asOf'>;

@ObjectType({ simpleResolvers, description: 'A source package that has been asked to be tested.' })
export class Package implements PackageName {
  @Field(() => String, { description: 'Its name.' })
  name!: string;
}

@ObjectType({
  simpleResolvers,
  description:
    'How a package stands in a suite on an architecture: the newest finished run, by date, that is neither pinned ' +
    "nor private (Debian's rule).",
})
export class PackageStatus implements PackageStatusView {
  @Field(() => String, { description: 'The source package.' })
  package!: string;

  @Field(() => String, { description: 'The suite.' })
  suite!: string;

  @Field(() => String, { description: 'The Debian architecture.' })
  arch!: string;

  @Field(() => Test, {
    name: 'test',
    simple: false,
    nullable: true,
    description: 'The run that makes the status; null: none has yet.',
  })
  run!: PackageStatusView['run'];

  @Field(() => Status, { nullable: true, description: 'The status of the run that made it before this one.' })
  previousStatus!: PackageStatusView['previousStatus'];

  @Field(() => DateTime, { nullable: true, description: 'When it last passed; null: never.' })
  lastPassAt!: string | null;

  @Field(() => String, { nullable: true, description: 'The version that last passed.' })
  lastPassVersion!: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Since when it fails, or fails temporarily, after it had passed or was neutral; null: it does not.',
  })
  brokenSince!: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Since when its archive has the package no more; null: it has it, or batch has not looked.',
  })
  removedAt!: string | null;
}

@ObjectType({
  simpleResolvers,
  description:
    "Debian's news: a run that changed a package's verdict. Runs that failed temporarily make no news, nor does a " +
    "package's first verdict.",
})
export class NewsItem implements NewsItemView {
  @Field(() => Test, { name: 'test', simple: false, description: 'The run.' })
  run!: NewsItemView['run'];

  @Field(() => Status, { description: 'The verdict before it.' })
  previousStatus!: NewsItemView['previousStatus'];
}

@ObjectType({
  simpleResolvers,
  description: 'A package whose results flip: they differ though neither its version nor the testbed do.',
})
export class FlakyPackage implements FlakyPackageView {
  @Field(() => String, { description: 'The source package.' })
  package!: string;

  @Field(() => String, { description: 'The suite.' })
  suite!: string;

  @Field(() => String, { description: 'The Debian architecture.' })
  arch!: string;

  @Field(() => Int, { description: 'How often its result flipped.' })
  flips!: number;

  @Field(() => DateTime, { description: 'When it did so last.' })
  lastFlipAt!: string;
}

@ObjectType({
  simpleResolvers,
  description:
    'A package that does not stand the same on all architectures of a suite. Temporary failures do not count.',
})
export class PlatformIssue implements PlatformIssueView {
  @Field(() => String, { description: 'The suite.' })
  suite!: string;

  @Field(() => String, { description: 'The source package.' })
  package!: string;

  @Field(() => [PackageStatus], { description: 'How it stands, by architecture, where it has a result.' })
  statuses!: readonly PackageStatusView[];
}

@ObjectType({ simpleResolvers, description: 'A package that does not have the same status at two points.' })
export class Difference implements DifferenceView {
  @Field(() => String, { description: 'The source package.' })
  package!: string;

  @Field(() => String, { description: 'The Debian architecture.' })
  arch!: string;

  @Field(() => Status, { nullable: true, description: 'Its status at the first point; null: it had none.' })
  from!: DifferenceView['from'];

  @Field(() => Status, { nullable: true, description: 'Its status at the second point; null: it had none.' })
  to!: DifferenceView['to'];
}

export const FlakyConnection = connectionType<FlakyPackageView>(
  'FlakyPackage',
  () => FlakyPackage,
  'A list of flaky packages, by suite, architecture and package.',
);
export const PlatformIssueConnection = connectionType<PlatformIssueView>(
  'PlatformIssue',
  () => PlatformIssue,
  'A list of platform-specific issues, by suite and package.',
);
export const DifferenceConnection = connectionType<DifferenceView>(
  'Difference',
  () => Difference,
  'A list of differences, by architecture and package.',
);
export const PackageConnection = connectionType<PackageName>('Package', () => Package, 'A list of packages.');
export const PackageStatusConnection = connectionType<PackageStatusView>(
  'PackageStatus',
  () => PackageStatus,
  'A list of statuses, by suite, architecture and package.',
);
export const NewsConnection = connectionType<NewsItemView>('News', () => NewsItem, 'News, the newest first.');
