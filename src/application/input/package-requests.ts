import * as rules from '../../domain/rules.js';
import { Follows } from './checked.js';

/** Where a package's tests are to be run from now on. */
export class SetBackendRequest {
  @Follows(rules.oneOf(['set-backend']))
  type!: 'set-backend';

  @Follows(rules.packageName)
  package!: string;

  /** Null: the usual one again. */
  @Follows(rules.backendName, { optional: true })
  backend: string | null = null;

  @Follows(rules.requestor)
  by!: string;

  @Follows(rules.reason, { optional: true })
  reason: string | null = null;
}
