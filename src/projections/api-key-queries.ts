import type { Sql } from './sql.js';
import type { ApiKeyView } from './views.js';

/** Questions about API keys, of which only hashes are known. */
export class ApiKeyQueries {
  constructor(private readonly sql: Sql) {}

  /** The key with this hash (SHA-256, hexadecimal), revoked or not; null: none was ever issued. */
  byHash(hash: string): ApiKeyView | null {
    const keys = this.sql.all<ApiKeyView>(
      'SELECT keyId, user, issuedAt, revokedAt FROM apiKey INDEXED BY apiKey_hash WHERE hash = ?',
      [hash],
    );
    return keys[0] ?? null;
  }

  /** All keys ever issued, by user, the oldest first. */
  all(): ApiKeyView[] {
    return this.sql.all(
      'SELECT keyId, user, issuedAt, revokedAt FROM apiKey INDEXED BY apiKey_user ORDER BY user, issuedAt, keyId',
    );
  }

  /** All keys of a user, the oldest first. */
  ofUser(user: string): ApiKeyView[] {
    return this.sql.all(
      'SELECT keyId, user, issuedAt, revokedAt FROM apiKey INDEXED BY apiKey_user WHERE user = ? ORDER BY issuedAt, keyId',
      [user],
    );
  }
}
