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

const NAMES = { min: 0, max: 10_000 };

/** What batch found of packages with results: the archive has them no more, or again. */
export class MarkPackagesRequest {
  @Follows(rules.oneOf(['mark-packages']))
  type!: 'mark-packages';

  @Follows(rules.suiteName)
  suite!: string;

  @Follows(rules.archName)
  arch!: string;

  @Follows(rules.packageName, { each: NAMES })
  removed!: string[];

  @Follows(rules.packageName, { each: NAMES })
  returned!: string[];

  @Follows(rules.requestor)
  by!: string;
}
