import type { TestRequest } from '../../domain/ports/testbed.js';
import * as rules from '../../domain/rules.js';
import { Follows, ListOf } from './checked.js';
import { ExtraAptSourceInput, PinInput } from './enqueue-request.js';

/** What a dispatch message says, with the architecture of its queue. */
export class DispatchInput implements TestRequest {
  @Follows(rules.runId)
  runId!: number;

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

  @ListOf(PinInput, { min: 0, max: 1000 })
  pins: PinInput[] = [];

  @ListOf(ExtraAptSourceInput, { min: 0, max: 1000 })
  extraAptSources: ExtraAptSourceInput[] = [];
}
