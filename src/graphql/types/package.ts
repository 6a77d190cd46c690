import { Field, ObjectType } from 'type-graphql';
import type { NewsItem as NewsItemView, PackageStatus as PackageStatusView } from '../../projections/views.js';
import { connectionType } from '../connection.js';
import { Status } from '../enums.js';
import { DateTime } from '../scalars.js';
import { Test } from './test.js';

const simpleResolvers = true;

/** What the resolvers of Package start from. */
export interface PackageName {
  readonly name: string;
}

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

export const PackageConnection = connectionType<PackageName>('Package', () => Package, 'A list of packages.');
export const PackageStatusConnection = connectionType<PackageStatusView>(
  'PackageStatus',
  () => PackageStatus,
  'A list of statuses, by suite, architecture and package.',
);
export const NewsConnection = connectionType<NewsItemView>('News', () => NewsItem, 'News, the newest first.');
