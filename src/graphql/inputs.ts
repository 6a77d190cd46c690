import { Field, InputType, Int } from 'type-graphql';
import { DEFAULT_PRIORITY } from '../domain/job.js';

/** Shapes only: the rules for the values are those of the requests that are made of them. */

@InputType({ description: 'Packages to be taken from another suite.' })
class PinInput {
  @Field(() => String, { description: 'The suite to take them from.' })
  suite!: string;

  @Field(() => [String], { description: 'Binary packages, or source packages as `src:<package>`; 1 to 1,000.' })
  packages!: string[];
}

@InputType({ description: 'A run that is wanted.' })
export class EnqueueInput {
  @Field(() => String, { description: 'The source package.' })
  package!: string;

  @Field(() => String, { description: 'The suite, such as `unstable`.' })
  suite!: string;

  @Field(() => String, { description: 'The Debian architecture, such as `amd64`.' })
  arch!: string;

  @Field(() => String, {
    nullable: true,
    description: "What kind of testbed runs it; default: the server's usual one.",
  })
  backend?: string | null;

  @Field(() => String, { nullable: true, description: "autopkgtest's variant of the testbed; default: the usual one." })
  variant?: string | null;

  @Field(() => String, { nullable: true, description: 'Why, in at most 512 characters, such as `glibc/2.42-1`.' })
  trigger?: string | null;

  @Field(() => [PinInput], { defaultValue: [], description: 'At most 100.' })
  pins!: PinInput[];

  @Field(() => [String], { defaultValue: [], description: "Names of the operator's extra apt sources." })
  extraAptSources!: string[];

  @Field(() => Int, { defaultValue: DEFAULT_PRIORITY, description: '0 (last) to 10 (first).' })
  priority!: number;

  @Field(() => Boolean, { defaultValue: false, description: 'To be seen by you only, until you publish it.' })
  private!: boolean;
}
