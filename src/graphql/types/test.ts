import { Field, Float, Int, ObjectType } from 'type-graphql';
import type { TestCase as TestCaseView } from '../../domain/events.js';
import type { ChangedPackage as ChangedPackageView, Pin as PinView } from '../../domain/job.js';
import type { RunSummary } from '../../projections/views.js';
import { connectionType } from '../connection.js';
import { State, Status } from '../enums.js';
import { DateTime } from '../scalars.js';

const simpleResolvers = true;

@ObjectType({ simpleResolvers, description: 'Packages that a run takes from another suite than its own.' })
export class Pin implements PinView {
  @Field(() => String, { description: 'The suite they are taken from.' })
  suite!: string;

  @Field(() => [String], { description: 'Binary packages, or source packages as `src:<package>`.' })
  packages!: string[];
}

@ObjectType({ simpleResolvers, description: "One test of the package's suite of tests." })
export class TestCase implements TestCaseView {
  @Field(() => String, { description: 'Its name in debian/tests/control.' })
  name!: string;

  @Field(() => String, { description: 'As autopkgtest writes it: `PASS`, `FAIL`, `SKIP`, `FLAKY`.' })
  result!: string;

  @Field(() => String, { nullable: true, description: "What stands behind the result in autopkgtest's summary." })
  detail!: string | null;
}

@ObjectType({ simpleResolvers, description: 'Why batch asked for a run: a package of the dependency chain changed.' })
export class ChangedPackage implements ChangedPackageView {
  @Field(() => String, { description: 'The package that changed.' })
  package!: string;

  @Field(() => String, { nullable: true, description: 'Its version before; null: it was not there.' })
  from!: string | null;

  @Field(() => String, { nullable: true, description: 'Its version now; null: it is gone.' })
  to!: string | null;
}

@ObjectType({
  simpleResolvers,
  description:
    "One run of a package's tests in a suite on an architecture, from its request to its result. " +
    'A private run is seen by its requestor only, until it is published.',
})
export class Test implements RunSummary {
  @Field(() => Int, { description: "Debian's run id: a positive whole number." })
  runId!: number;

  @Field(() => String, { description: 'The source package.' })
  package!: string;

  @Field(() => String, { description: 'The suite, such as `unstable`.' })
  suite!: string;

  @Field(() => String, { description: 'The Debian architecture, such as `amd64`.' })
  arch!: string;

  @Field(() => String, { description: 'What kind of testbed runs it, such as `lxc`.' })
  backend!: string;

  @Field(() => String, { nullable: true, description: 'Free text: why it was requested, such as `glibc/2.42-1`.' })
  trigger!: string | null;

  @Field(() => [Pin], { description: 'What it takes from other suites. A run with pins never makes a status.' })
  pins!: Pin[];

  @Field(() => Int, { description: '0 (last) to 10 (first).' })
  priority!: number;

  @Field(() => String, { nullable: true, description: 'Who asked for it.' })
  requestor!: string | null;

  @Field(() => Boolean, { description: 'Seen by its requestor only.' })
  private!: boolean;

  @Field(() => State, { description: 'How far it has come.' })
  state!: RunSummary['state'];

  @Field(() => Int, {
    description: 'The attempt that is due, runs, or gave the result; from 1. A new one begins when a worker is lost.',
  })
  attempt!: number;

  @Field(() => String, { nullable: true, description: 'The worker that runs or ran it.' })
  worker!: string | null;

  @Field(() => DateTime, { description: 'When it was requested.' })
  enqueuedAt!: string;

  @Field(() => DateTime, { nullable: true, description: 'When its present attempt began; null where nobody said.' })
  startedAt!: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: "Debian's date of the run, by the worker's clock, or when it was cancelled; null while it is open.",
  })
  endedAt!: string | null;

  @Field(() => Status, { nullable: true, description: 'The verdict; null while it is open, and when cancelled.' })
  status!: RunSummary['status'];

  @Field(() => String, { nullable: true, description: 'The version tested; null where the run did not get so far.' })
  version!: string | null;

  @Field(() => Float, { nullable: true, description: 'How long it ran, in seconds.' })
  durationSeconds!: number | null;

  @Field(() => String, { nullable: true, description: 'One sentence about the result.' })
  message!: string | null;

  @Field(() => Int, { nullable: true, description: "autopkgtest's exit code; 20 where it gave none." })
  exitCode!: number | null;

  @Field(() => Float, { nullable: true, description: 'Size of the log as stored (gzip), in bytes; 0: there is none.' })
  logBytes!: number | null;

  @Field(() => Float, { nullable: true, description: 'Size of the artifacts as stored, in bytes; 0: there are none.' })
  artifactsBytes!: number | null;

  @Field(() => DateTime, { nullable: true, description: 'When log and artifacts were removed; null: they were not.' })
  purgedAt!: string | null;
}

export const TestConnection = connectionType<RunSummary>('Test', () => Test, 'A list of runs.');
