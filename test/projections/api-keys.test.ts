import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ApiKeyEvent } from '../../src/domain/events.js';
import type { Position, RecordedEvent } from '../../src/domain/ports/event-store.js';
import { readModelOfLog } from '../support/read-models.js';

const hashOf = (letter: string): string => letter.repeat(64);

function logOf(...events: ApiKeyEvent[]): RecordedEvent[] {
  return events.map((event, n) => ({
    ...event,
    id: randomUUID(),
    schemaVersion: 1,
    time: `2026-01-0${n + 1}T00:00:00.000Z`,
    metadata: { actor: 'user:root', causationId: null, correlationId: null },
    stream: `api-key-${event.data.keyId}`,
    revision: 0,
    position: String(n).padStart(16, '0') as Position,
  }));
}

const issued = (keyId: string, user: string, letter: string): ApiKeyEvent => ({
  type: 'ApiKeyIssued',
  data: { keyId, user, hash: hashOf(letter) },
});

describe('an API key', () => {
  it('is found by its hash, with its user', () => {
    const { apiKeys } = readModelOfLog(logOf(issued('k1', 'alice', 'a'), issued('k2', 'bob', 'b')));
    expect(apiKeys.byHash(hashOf('b'))).toMatchObject({ keyId: 'k2', user: 'bob', revokedAt: null });
    expect(apiKeys.byHash(hashOf('c'))).toBeNull();
    expect(apiKeys.byHash('')).toBeNull();
  });

  it('that was revoked says so', () => {
    const revoked: ApiKeyEvent = { type: 'ApiKeyRevoked', data: { keyId: 'k1', by: 'user:root', reason: 'lost' } };
    const { apiKeys } = readModelOfLog(logOf(issued('k1', 'alice', 'a'), revoked, issued('k2', 'alice', 'b')));
    expect(apiKeys.byHash(hashOf('a'))?.revokedAt).toBe('2026-01-02T00:00:00.000Z');
    expect(apiKeys.ofUser('alice').map(({ keyId, revokedAt }) => [keyId, revokedAt !== null])).toEqual([
      ['k1', true],
      ['k2', false],
    ]);
  });
});
