import {
  DEFAULT_PRIORITY,
  type ChangedPackage,
  type ExtraAptSource,
  type Job,
  type Origin,
  type Pin,
} from '../../domain/job.js';
import type { TestRequest } from '../../domain/ports/testbed.js';
import * as rules from '../../domain/rules.js';
import { Follows, ListOf } from './checked.js';

/** Jobs of one request. */
export const MOST_JOBS = 10_000;

class PinInput implements Pin {
  @Follows(rules.suiteName)
  suite!: string;

  @Follows(rules.pinnedPackage, { each: { min: 1, max: 1000 } })
  packages!: string[];
}

class ExtraAptSourceInput implements ExtraAptSource {
  @Follows(rules.aptSourceEntry)
  entry!: string;

  @Follows(rules.signingKey, { optional: true })
  signingKey: string | null = null;
}

class ChangedPackageInput implements ChangedPackage {
  @Follows(rules.packageName)
  package!: string;

  @Follows(rules.packageVersion, { optional: true })
  from: string | null = null;

  @Follows(rules.packageVersion, { optional: true })
  to: string | null = null;
}

/** What is to be tested, and where: the part of a job that requests and dispatch messages share. */
export class TestInput implements Omit<TestRequest, 'runId'> {
  @Follows(rules.packageName)
  package!: string;

  @Follows(rules.suiteName)
  suite!: string;

  @Follows(rules.archName)
  arch!: string;

  @Follows(rules.backendName)
  backend!: string;

  @Follows(rules.variantName, { optional: true })
  variant: string | null = null;

  @Follows(rules.trigger, { optional: true })
  trigger: string | null = null;

  @ListOf(PinInput, { min: 0, max: 100 })
  pins: PinInput[] = [];

  @ListOf(ExtraAptSourceInput, { min: 0, max: 20 })
  extraAptSources: ExtraAptSourceInput[] = [];
}

/** One job of a request: what the requestor says of it. The collector adds the run id. */
export class JobInput extends TestInput implements Omit<Job, 'runId' | 'requestor' | 'origin'> {
  /** Nobody asked for this backend: a package that was given one of its own is run in that. */
  @Follows(rules.yesOrNo)
  backendByDefault = false;

  @Follows(rules.priority)
  priority: number = DEFAULT_PRIORITY;

  @Follows(rules.yesOrNo)
  private = false;

  @ListOf(ChangedPackageInput, { min: 0, max: 1000 })
  reasons: ChangedPackageInput[] = [];
}

function isOrigin(value: unknown): value is Origin {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, of } = value as { kind?: unknown; of?: unknown };
  const keys = Reflect.ownKeys(value).sort().join();
  if (kind === 'retry') return keys === 'kind,of' && rules.runId.accepts(of);
  return keys === 'kind' && ['cli', 'api', 'batch'].includes(kind as string);
}

const origin: rules.Rule = {
  allowed: 'an object whose kind is cli, api or batch, or kind retry of a run id',
  accepts: isOrigin,
};

/** What arrives on `debci.requests`: jobs that somebody wants done. */
export class EnqueueRequest {
  @Follows(rules.oneOf(['enqueue']))
  type!: 'enqueue';

  @Follows(rules.requestor, { optional: true })
  requestor: string | null = null;

  @Follows(origin)
  origin!: Origin;

  @ListOf(JobInput, { min: 1, max: MOST_JOBS })
  jobs!: JobInput[];
}
