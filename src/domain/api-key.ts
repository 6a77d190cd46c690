import type { Decider } from './decider.js';
import type { ApiKeyEvent } from './events.js';

/** The life of one API key, stream `api-key-<key id>`: issued once, revoked at most once. */
export type ApiKey =
  { readonly kind: 'none' } | { readonly kind: 'valid' | 'revoked'; readonly user: string; readonly hash: string };

export type ApiKeyCommand =
  | { readonly type: 'issue'; readonly keyId: string; readonly user: string; readonly hash: string }
  | { readonly type: 'revoke'; readonly keyId: string; readonly by: string; readonly reason: string | null };

/** The stream that holds a key. */
export function apiKeyStream(keyId: string): string {
  return `api-key-${keyId}`;
}

function decide(state: ApiKey, command: ApiKeyCommand): ApiKeyEvent[] {
  if (command.type === 'issue') {
    const { keyId, user, hash } = command;
    return state.kind === 'none' ? [{ type: 'ApiKeyIssued', data: { keyId, user, hash } }] : [];
  }
  const { keyId, by, reason } = command;
  return state.kind === 'valid' ? [{ type: 'ApiKeyRevoked', data: { keyId, by, reason } }] : [];
}

function evolve(state: ApiKey, event: ApiKeyEvent): ApiKey {
  if (event.type === 'ApiKeyIssued') return { kind: 'valid', user: event.data.user, hash: event.data.hash };
  return state.kind === 'none' ? state : { ...state, kind: 'revoked' };
}

export const apiKeyDecider: Decider<ApiKey, ApiKeyCommand, ApiKeyEvent> = {
  initialState: { kind: 'none' },
  decide,
  evolve,
};
