import * as rules from '../../domain/rules.js';
import { Follows } from './checked.js';

/** A new API key for a user. The key is made by whoever asks; only its hash travels. */
export class IssueKeyRequest {
  @Follows(rules.oneOf(['issue-key']))
  type!: 'issue-key';

  @Follows(rules.keyId)
  keyId!: string;

  @Follows(rules.requestor)
  user!: string;

  /** SHA-256 of the key, hexadecimal. */
  @Follows(rules.sha256)
  hash!: string;
}

/** A key that is to count no longer. */
export class RevokeKeyRequest {
  @Follows(rules.oneOf(['revoke-key']))
  type!: 'revoke-key';

  @Follows(rules.keyId)
  keyId!: string;

  @Follows(rules.requestor)
  by!: string;

  @Follows(rules.reason, { optional: true })
  reason: string | null = null;
}
