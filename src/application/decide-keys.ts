import { apiKeyDecider, apiKeyStream } from '../domain/api-key.js';
import type { EventLog } from './event-log.js';
import type { IssueKeyRequest, RevokeKeyRequest } from './input/key-requests.js';

/** What became of an API key: `changed` false where there was nothing to do (it was issued before; there is none). */
export interface DecidedKey {
  readonly keyId: string;
  readonly changed: boolean;
}

/** Issues or revokes an API key. */
export async function decideKey(
  log: EventLog,
  request: IssueKeyRequest | RevokeKeyRequest,
  requestId: string,
): Promise<DecidedKey> {
  const { keyId } = request;
  const command =
    request.type === 'issue-key'
      ? ({ type: 'issue', keyId, user: request.user, hash: request.hash } as const)
      : ({ type: 'revoke', keyId, by: request.by, reason: request.reason } as const);
  const actor = `user:${request.type === 'issue-key' ? request.user : request.by}`;
  const metadata = { actor, causationId: requestId, correlationId: requestId };
  const { events } = await log.handle(apiKeyDecider, apiKeyStream(keyId), command, metadata);
  return { keyId, changed: events.length > 0 };
}
