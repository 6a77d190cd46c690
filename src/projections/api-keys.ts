import type Database from 'better-sqlite3';
import { CachedTable } from './cached-table.js';
import type { Change, Fold, Projection } from './projection.js';

interface ApiKeyRow {
  readonly keyId: string;
  readonly user: string;
  readonly hash: string;
  readonly issuedAt: string;
  readonly revokedAt: string | null;
}

/** Whose each API key is, and whether it still is one. Of a key only its hash is known. */
export const apiKeys: Projection = {
  name: 'api-keys',
  schema: `
CREATE TABLE apiKey (
  keyId TEXT PRIMARY KEY, user TEXT NOT NULL, hash TEXT NOT NULL, issuedAt TEXT NOT NULL, revokedAt TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX apiKey_hash ON apiKey (hash);
CREATE INDEX apiKey_user ON apiKey (user, issuedAt, keyId);
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
        table.set({ keyId, user, hash, issuedAt: event.time, revokedAt: null }, keyId);
      } else if (event.type === 'ApiKeyRevoked') {
        const { keyId } = event.data;
        const row = table.get(keyId);
        if (row) table.set({ ...row, revokedAt: event.time }, keyId);
      }
    },
  };
}
