import { Field, Int, ObjectType } from 'type-graphql';
import type { RejectEntry as RejectEntryView } from '../../domain/reject-list.js';
import type {
  DayCounts as DayCountsView,
  PlatformCounts as PlatformCountsView,
  RunSummary,
  StatusCounts as StatusCountsView,
  WorkerView,
} from '../../projections/views.js';
import { DateTime, Day } from '../scalars.js';
import { Test } from './test.js';

const simpleResolvers = true;

@ObjectType({ simpleResolvers, description: 'A number for each status.' })
export class StatusCounts implements StatusCountsView {
  @Field(() => Int, { description: 'That passed.' })
  pass!: number;

  @Field(() => Int, { description: 'That failed.' })
  fail!: number;

  @Field(() => Int, { description: 'Of which there was nothing to say.' })
  neutral!: number;

  @Field(() => Int, { description: 'That failed temporarily.' })
  tmpfail!: number;
}

@ObjectType({ simpleResolvers, description: 'How many packages of a suite on an architecture have which status.' })
export class PlatformCounts implements PlatformCountsView {
  @Field(() => String, { description: 'The suite.' })
  suite!: string;

  @Field(() => String, { description: 'The Debian architecture.' })
  arch!: string;

  @Field(() => StatusCounts, { description: 'The packages, by status.' })
  packages!: StatusCounts;
}

@ObjectType({ simpleResolvers, description: 'One day of a suite on an architecture.' })
export class DayCounts implements DayCountsView {
  @Field(() => Day, { description: 'The day, in UTC.' })
  day!: string;

  @Field(() => StatusCounts, { description: 'The runs of that day.' })
  runs!: StatusCounts;

  @Field(() => StatusCounts, { description: 'The packages at its end.' })
  packages!: StatusCounts;
}

@ObjectType({ simpleResolvers, description: 'How much is to be done. Private runs are not counted.' })
export class QueueSize {
  @Field(() => Int, { description: 'Runs that wait.' })
  pending!: number;

  @Field(() => Int, { description: 'Runs that a worker has begun.' })
  running!: number;
}

@ObjectType({ simpleResolvers, description: 'A worker that was ever heard of.' })
export class Worker implements WorkerView {
  @Field(() => String, { description: 'Its short host name.' })
  name!: string;

  @Field(() => DateTime, { description: 'When something was last heard of it.' })
  seenAt!: string;

  @Field(() => Int, { description: 'How many of its results counted.' })
  finished!: number;

  @Field(() => [Test], { description: 'What it runs now.' })
  running!: RunSummary[];
}

@ObjectType({
  simpleResolvers,
  description:
    'What is never tested: packages, suites, architectures and versions of these forms, where `*` is any text.',
})
export class RejectEntry implements RejectEntryView {
  @Field(() => String, { description: 'Source packages.' })
  package!: string;

  @Field(() => String, { description: 'Suites.' })
  suite!: string;

  @Field(() => String, { description: 'Architectures.' })
  arch!: string;

  @Field(() => String, { description: 'Versions.' })
  version!: string;

  @Field(() => String, { nullable: true, description: 'Why.' })
  reason!: string | null;
}
