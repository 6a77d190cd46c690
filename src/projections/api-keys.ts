import type Database from 'better-sqlite3';
import { CachedTable } from './cached-table.js';
import type { Change, Fold, Projection } from './projection.js';

interface ApiKeyRow {
  readonly keyId: string;
  readonly user: string;
  /** SHA-256 of the key, hexadecimal. */
  readonly hash: string;
  readonly issuedAt: string;
  /** Null: it counts. */
  readonly revokedAt: string | null;
}

/** The API keys, by their hashes. */
export const apiKeys: Projection = {
  name: 'api-keys',
  schema: `
CREATE TABLE apiKey (
  keyId TEXT PRIMARY KEY, user TEXT NOT NULL, hash TEXT NOT NULL, issuedAt TEXT NOT NULL, revokedAt TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX apiKey_hash ON apiKey (hash);
`,
  open,
};

function open(db: Database.Database): Fold {
  const table = new CachedTable<ApiKeyRow>(db, {
    name: 'apiKey',
    key: ['keyId'],
    fixed: ['user', 'hash', 'issuedAt'],
    mutable: ['revokedAt'],
  });
  return {
    tables: [table],
    apply({ event }: Change) {
      if (event.type === 'ApiKeyIssued') {
        const { keyId, user, hash } = event.data;
        table.add({ keyId, user, hash, issuedAt: event.time, revokedAt: null }, keyId);
      } else if (event.type === 'ApiKeyRevoked') {
        const { keyId } = event.data;
        const row = table.get(keyId);
        if (row) table.set({ ...row, revokedAt: event.time }, keyId);
      }
    },
  };
}
