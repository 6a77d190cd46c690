import { describe, expect, it } from 'vitest';
import { BadKeyError, Callers, hashOfKey, keyIn, KeyNeededError } from '../../src/application/callers.js';
import { newKey } from '../../src/application/new-key.js';
import { mayDo } from '../../src/application/permissions.js';
import { keyId, sha256 } from '../../src/domain/rules.js';

const issued = new Map([
  [hashOfKey('alice-key'), { user: 'alice', revokedAt: null }],
  [hashOfKey('old-key'), { user: 'alice', revokedAt: '2026-01-01T00:00:00.000Z' }],
]);
const callers = new Callers({ byHash: (hash) => issued.get(hash) ?? null }, { key: 'local', user: 'root' });

describe('a caller', () => {
  it('is known by a key that was issued, or by the local one', () => {
    expect(callers.withKey('alice-key')).toEqual({ user: 'alice', operator: false });
    expect(callers.withKey('local')).toEqual({ user: 'root', operator: true });
    expect(callers.withKey(null)).toBeNull();
  });

  it('needs a key where nobody is answered without', () => {
    const closed = new Callers({ byHash: (hash) => issued.get(hash) ?? null }, { key: 'local', user: 'root' }, false);
    expect(closed.withKey('alice-key')).toEqual({ user: 'alice', operator: false });
    expect(() => closed.withKey(null)).toThrow(KeyNeededError);
    expect(() => closed.withKey('nobody')).toThrow(BadKeyError);
  });

  it('with a key that is unknown, revoked, empty or endless is refused', () => {
    for (const key of ['nobody', 'old-key', '', 'x'.repeat(100_000)]) {
      expect(() => callers.withKey(key)).toThrow(BadKeyError);
    }
  });

  it('names the key as a bearer token, or in Debian’s header', () => {
    const given = (headers: Record<string, string>) => keyIn((name) => headers[name] ?? null);
    expect(given({ authorization: 'Bearer abc' })).toBe('abc');
    expect(given({ authorization: 'bearer  abc ' })).toBe('abc');
    expect(given({ 'auth-key': ' abc ' })).toBe('abc');
    expect(given({ authorization: 'Basic abc' })).toBeNull();
    expect(given({ authorization: 'Basic abc', 'auth-key': 'def' })).toBe('def');
    expect(given({})).toBeNull();
  });
});

describe('a new key', () => {
  it('has 32 random bytes, and an id and a hash that may be shown', () => {
    const { key, keyId: id, hash } = newKey();
    expect(Buffer.from(key, 'base64url')).toHaveLength(32);
    expect([keyId.accepts(id), sha256.accepts(hash), hashOfKey(key) === hash]).toEqual([true, true, true]);
    expect(newKey().key).not.toBe(key);
  });
});

describe('what a caller may do to a run', () => {
  const run = { runId: 1, requestor: 'alice', private: false };
  const alice = { user: 'alice', operator: false };
  const bob = { user: 'bob', operator: false };
  const operator = { user: 'root', operator: true };

  it('is all for its requestor and for the operator', () => {
    for (const caller of [alice, operator]) {
      for (const action of ['retry', 'cancel', 'publish'] as const) {
        for (const hidden of [false, true]) expect(mayDo(action, caller, { ...run, private: hidden })).toBe(true);
      }
    }
  });

  it('is no more than a retry of a public run for all others', () => {
    expect(mayDo('retry', bob, run)).toBe(true);
    expect(mayDo('retry', bob, { ...run, private: true })).toBe(false);
    expect(mayDo('cancel', bob, run)).toBe(false);
    expect(mayDo('publish', bob, run)).toBe(false);
    expect(mayDo('cancel', bob, { ...run, requestor: null })).toBe(false);
  });
});
