import { Field, InputType, Int } from 'type-graphql';
import { follows } from '../application/input/follows.js';
import * as rules from '../domain/rules.js';
import type { Status as StatusWord } from '../domain/verdict.js';
import type { StatusFilter } from '../projections/status-filter.js';
import type { Target } from '../projections/views.js';
import { OpenState, Status } from './enums.js';
import { AsOf } from './scalars.js';

/** What narrows a list by where packages are tested. Absent or null: no matter which. */
@InputType()
abstract class PlatformFilter {
  @Field(() => String, { nullable: true, description: 'Only of this suite.' })
  suite?: string | null;

  @Field(() => String, { nullable: true, description: 'Only of this architecture.' })
  arch?: string | null;
}

@InputType()
export abstract class TargetFilter extends PlatformFilter {
  @Field(() => String, { nullable: true, description: 'Only of this source package.' })
  package?: string | null;
}

@InputType({ description: 'Which ended runs.' })
export class TestFilter extends TargetFilter {
  @Field(() => Status, { nullable: true, description: 'Only those with this status.' })
  status?: StatusWord | null;
}

@InputType({ description: 'Which runs that have not ended.' })
export class QueueFilter extends TargetFilter {
  @Field(() => OpenState, { nullable: true, description: 'Only those that wait, or those that run.' })
  state?: keyof typeof OpenState | null;
}

@InputType({ description: 'Which statuses.' })
export class StatusFilterInput extends PlatformFilter {
  @Field(() => Status, { nullable: true, description: 'Only this status.' })
  status?: StatusWord | null;

  @Field(() => String, { nullable: true, description: 'Only packages whose names begin so.' })
  namePrefix?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Only slow ones: the newest run took at least so many seconds. 600 or more.',
  })
  minDurationSeconds?: number | null;

  @Field(() => AsOf, {
    nullable: true,
    description:
      'Only alerts: those that passed or were neutral once, and fail, also temporarily, since then or a later moment.',
  })
  brokenAfter?: string | null;
}

const NAME_PART: rules.Rule = rules.pattern(/^[a-z0-9+.-]{1,128}$/, 'the beginning of a package name');

/** A TargetFilter, or a part of one. */
interface TargetWords {
  readonly package?: string | null;
  readonly suite?: string | null;
  readonly arch?: string | null;
}

/** Which package, suite and arch a filter leaves. @throws InvalidInputError */
export function target(filter: TargetWords | null | undefined): Partial<Target> {
  const { package: name, suite, arch } = filter ?? {};
  return {
    ...(name != null && { package: follows('package', name, rules.packageName) }),
    ...(suite != null && { suite: follows('suite', suite, rules.suiteName) }),
    ...(arch != null && { arch: follows('arch', arch, rules.archName) }),
  };
}

@InputType({ description: 'Which flaky packages.' })
export class FlakyFilterInput extends PlatformFilter {
  @Field(() => AsOf, { nullable: true, description: 'Only flips since then.' })
  since?: string | null;
}

/** How packages stood: a suite at a moment. */
@InputType({ description: 'How a suite stood at a moment.' })
export class ComparePoint {
  @Field(() => String, { description: 'The suite.' })
  suite!: string;

  @Field(() => AsOf, { nullable: true, description: 'When; default now.' })
  asOf?: string | null;
}

/** For what can be asked as of a moment. */
export function asOfOption(asOf: string | null | undefined): { asOf?: string } {
  return asOf == null ? {} : { asOf };
}

/** Below, the read model has no index. */
const SLOW = rules.integer(600, 10_000_000);

/** Which statuses a filter leaves. @throws InvalidInputError */
export function statusFilter(filter: StatusFilterInput | null | undefined): StatusFilter {
  const { status, namePrefix, minDurationSeconds, brokenAfter } = filter ?? {};
  return {
    ...target(filter),
    ...(status != null && { status }),
    ...(namePrefix != null && { namePrefix: follows('namePrefix', namePrefix, NAME_PART) }),
    ...(minDurationSeconds != null && {
      minDurationSeconds: follows('minDurationSeconds', minDurationSeconds, SLOW),
    }),
    ...(brokenAfter != null && { brokenAfter }),
  };
}
