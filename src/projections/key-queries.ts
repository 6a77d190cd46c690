import type { Sql } from './sql.js';
import type { ApiKeyView } from './views.js';

/** Questions about API keys. The keys themselves are nowhere; their hashes do not leave here. */
export class KeyQueries {
  constructor(private readonly sql: Sql) {}

  /** Whose key has this SHA-256 (hexadecimal); null: nobody's, or one that was revoked. */
  userOf(hash: string): string | null {
    const row = this.sql.get<{ user: string }>(
      'SELECT user FROM apiKey INDEXED BY apiKey_hash WHERE hash = ? AND revokedAt IS NULL',
      [hash],
    );
    return row?.user ?? null;
  }

  /** All keys ever issued, by user, the oldest first. */
  all(): ApiKeyView[] {
    return this.sql.all('SELECT keyId, user, issuedAt, revokedAt FROM apiKey ORDER BY user, issuedAt, keyId');
  }
}
