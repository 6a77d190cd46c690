import type { TestRequest } from '../../domain/ports/testbed.js';
import * as rules from '../../domain/rules.js';
import { Follows } from './checked.js';
import { TestInput } from './enqueue-request.js';

/** What a dispatch message says, with the architecture of its queue. */
export class DispatchInput extends TestInput implements TestRequest {
  @Follows(rules.runId)
  runId!: number;
}
