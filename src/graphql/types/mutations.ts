import { Field, Int, ObjectType } from 'type-graphql';
import type { DecidedRun as DecidedRunView } from '../../application/decide-runs.js';
import type { EnqueuedRun } from '../../application/enqueue.js';

const simpleResolvers = true;

@ObjectType({ simpleResolvers, description: 'A run that now exists. It can be asked for a moment later.' })
export class EnqueuedTest implements EnqueuedRun {
  @Field(() => Int, { description: 'Its run id.' })
  runId!: number;

  @Field(() => String, { description: 'The source package.' })
  package!: string;

  @Field(() => String, { description: 'The suite.' })
  suite!: string;

  @Field(() => String, { description: 'The Debian architecture.' })
  arch!: string;

  @Field(() => String, { description: 'What kind of testbed will run it.' })
  backend!: string;
}

@ObjectType({ simpleResolvers, description: 'What became of a run.' })
export class DecidedTest implements DecidedRunView {
  @Field(() => Int, { description: 'Its run id.' })
  runId!: number;

  @Field(() => Boolean, { description: 'False where there was nothing to do: it had ended, or was public.' })
  changed!: boolean;
}
