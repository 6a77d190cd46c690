import * as rules from '../../domain/rules.js';
import { Follows } from './checked.js';

const RUN_IDS = { min: 1, max: 10_000 };

/** Runs to be done again, each as a new job with the same properties. */
export class RetryRequest {
  @Follows(rules.oneOf(['retry']))
  type!: 'retry';

  @Follows(rules.requestor, { optional: true })
  requestor: string | null = null;

  @Follows(rules.runId, { each: RUN_IDS })
  runIds!: number[];
}

/** Runs to be called off, or made public. */
export class RunsRequest {
  @Follows(rules.oneOf(['cancel', 'publish']))
  type!: 'cancel' | 'publish';

  /** Who decided. */
  @Follows(rules.requestor)
  by!: string;

  @Follows(rules.reason, { optional: true })
  reason: string | null = null;

  @Follows(rules.runId, { each: RUN_IDS })
  runIds!: number[];
}

/** Every job that waits is to be sent to the workers again: the broker has lost them. */
export class RedispatchRequest {
  @Follows(rules.oneOf(['redispatch']))
  type!: 'redispatch';
}
