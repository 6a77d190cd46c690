import * as rules from '../../domain/rules.js';
import { Follows } from './checked.js';

/** What a worker says of a job that it took (messages/progress.ts tells what each type means). */
export class ProgressInput {
  @Follows(rules.oneOf(['started', 'alive', 'released']))
  type!: 'started' | 'alive' | 'released';

  @Follows(rules.runId)
  runId!: number;

  @Follows(rules.attempt)
  attempt!: number;

  @Follows(rules.workerName)
  worker!: string;

  /** Of `released` only. */
  @Follows(rules.reason, { optional: true })
  reason: string | null = null;
}
