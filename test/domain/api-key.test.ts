import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apiKeyDecider, apiKeyStream, type ApiKeyCommand } from '../../src/domain/api-key.js';
import { fold } from '../../src/domain/decider.js';
import type { ApiKeyEvent } from '../../src/domain/events.js';

const issue: ApiKeyCommand = { type: 'issue', keyId: 'k1', user: 'ann', hash: 'aa' };
const revoke: ApiKeyCommand = { type: 'revoke', keyId: 'k1', by: 'user:root', reason: 'lost' };

function history(commands: readonly ApiKeyCommand[]): ApiKeyEvent[] {
  const events: ApiKeyEvent[] = [];
  for (const command of commands) events.push(...apiKeyDecider.decide(fold(apiKeyDecider, events), command));
  return events;
}

describe('a key', () => {
  it('lives in the stream of its id', () => {
    expect(apiKeyStream('k1')).toBe('api-key-k1');
  });

  it('is issued, then valid', () => {
    const events = history([issue]);
    expect(events).toEqual([{ type: 'ApiKeyIssued', data: { keyId: 'k1', user: 'ann', hash: 'aa' } }]);
    expect(fold(apiKeyDecider, events)).toEqual({ kind: 'valid', user: 'ann', hash: 'aa' });
  });

  it('is revoked, with who and why', () => {
    const events = history([issue, revoke]);
    expect(events[1]).toEqual({ type: 'ApiKeyRevoked', data: { keyId: 'k1', by: 'user:root', reason: 'lost' } });
    expect(fold(apiKeyDecider, events)).toEqual({ kind: 'revoked', user: 'ann', hash: 'aa' });
  });

  it('that was never issued has nothing to revoke', () => {
    expect(history([revoke])).toEqual([]);
  });

  it('is issued once and revoked at most once, and never valid again, whatever commands come', () => {
    const commands = fc.oneof(
      fc.constantFrom('ann', 'bob').map((user): ApiKeyCommand => ({ ...issue, user })),
      fc.constantFrom('lost', null).map((reason): ApiKeyCommand => ({ ...revoke, reason })),
    );
    fc.assert(
      fc.property(fc.array(commands), (given) => {
        const first = given.find(({ type }) => type === 'issue');
        const types = history(given).map(({ type }) => type);
        const revoked = first !== undefined && given.slice(given.indexOf(first)).some(({ type }) => type === 'revoke');
        expect(types).toEqual(
          first === undefined ? [] : revoked ? ['ApiKeyIssued', 'ApiKeyRevoked'] : ['ApiKeyIssued'],
        );
      }),
    );
  });

  it('folds any events in any order without an error; a revocation alone makes no key', () => {
    const events = fc.constantFrom<ApiKeyEvent>(
      { type: 'ApiKeyIssued', data: { keyId: 'k1', user: 'ann', hash: 'aa' } },
      { type: 'ApiKeyRevoked', data: { keyId: 'k1', by: 'user:root', reason: null } },
    );
    fc.assert(
      fc.property(fc.array(events), (given) => {
        const { kind } = fold(apiKeyDecider, given);
        expect(kind === 'none').toBe(!given.some(({ type }) => type === 'ApiKeyIssued'));
      }),
    );
  });
});
