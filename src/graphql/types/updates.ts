import { Field, ObjectType, registerEnumType } from 'type-graphql';
import type { TestRunEvent } from '../../domain/events.js';
import type { RunSummary } from '../../projections/views.js';
import { Status } from '../enums.js';
import { DateTime, Position } from '../scalars.js';
import { Test } from './test.js';

const simpleResolvers = true;

/** What happened to a run, by the event that tells of it. */
export const HAPPENINGS = {
  TestEnqueued: 'enqueued',
  TestStarted: 'started',
  TestFinished: 'finished',
  TestAbandoned: 'abandoned',
  TestResultIgnored: 'ignored',
  TestCancelled: 'cancelled',
  TestPublished: 'published',
  TestFilesPurged: 'purged',
} as const satisfies Record<TestRunEvent['type'], string>;
export type Happening = (typeof HAPPENINGS)[keyof typeof HAPPENINGS];

export const HappeningEnum = Object.fromEntries(Object.values(HAPPENINGS).map((word) => [word, word])) as {
  readonly [Word in Happening]: Word;
};
registerEnumType(HappeningEnum, {
  name: 'Happening',
  description: 'What can happen to a run.',
  valuesConfig: {
    enqueued: { description: 'It was requested.' },
    started: { description: 'A worker began it.' },
    finished: { description: 'It has its result.' },
    abandoned: { description: 'Its worker was lost; another attempt is due, unless this was the last.' },
    ignored: { description: 'A second result came, which does not count.' },
    cancelled: { description: 'It was called off.' },
    published: { description: 'It was private, and is public now.' },
    purged: { description: 'Its log and artifacts were removed.' },
  },
});

/** What the resolvers of TestUpdate start from. */
export interface TestUpdateView {
  readonly position: string;
  readonly time: string;
  readonly happening: Happening;
  readonly test: RunSummary;
}

@ObjectType({ simpleResolvers, description: 'Something happened to a run.' })
export class TestUpdate implements TestUpdateView {
  @Field(() => Position, { description: 'Its place in the log; to go on from here, subscribe `after` it.' })
  position!: string;

  @Field(() => DateTime, { description: 'When it was written down.' })
  time!: string;

  @Field(() => HappeningEnum, { description: 'What happened.' })
  happening!: Happening;

  @Field(() => Test, { description: 'The run as it is now: with this update in, and perhaps with later ones.' })
  test!: RunSummary;
}

/** What the resolvers of PackageStatusUpdate start from. */
export interface PackageStatusUpdateView {
  readonly position: string;
  readonly package: string;
  readonly suite: string;
  readonly arch: string;
  readonly status: keyof typeof Status;
  readonly previousStatus: keyof typeof Status | null;
  readonly test: RunSummary;
}

@ObjectType({ simpleResolvers, description: "A package's status in a suite on an architecture became another one." })
export class PackageStatusUpdate implements PackageStatusUpdateView {
  @Field(() => Position, { description: 'Its place in the log; to go on from here, subscribe `after` it.' })
  position!: string;

  @Field(() => String, { description: 'The source package.' })
  package!: string;

  @Field(() => String, { description: 'The suite.' })
  suite!: string;

  @Field(() => String, { description: 'The Debian architecture.' })
  arch!: string;

  @Field(() => Status, { description: 'What it became then.' })
  status!: PackageStatusUpdateView['status'];

  @Field(() => Status, { nullable: true, description: 'What it was; null: this is its first.' })
  previousStatus!: PackageStatusUpdateView['previousStatus'];

  @Field(() => Test, { description: 'The run that made it so.' })
  test!: RunSummary;
}
