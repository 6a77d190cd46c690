import { randomUUID } from 'node:crypto';
import { DebciError } from '../domain/errors.js';
import type { Reply } from './request-handler.js';
import type { Requests, RequestType } from './requests.js';

/** A way to the collector: over the broker, or the local instance's socket. */
export interface RequestTransport {
  /** @param requestId known again if the request is sent twice */
  send(body: Uint8Array, requestId: string): Promise<Uint8Array>;
}

/** The collector said no. Carries its code and its exit code. */
export class RequestRefusedError extends DebciError {
  override readonly exitCode: 1 | 2;

  constructor(
    readonly code: string,
    message: string,
    exitCode: 1 | 2,
  ) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * Sends a checked request to the collector and waits for its answer.
 * @param requestId to be given by who may send the same request again: it is then carried out once.
 * @throws RequestRefusedError if the collector refuses it; then nothing was done.
 */
export async function submit<Type extends RequestType>(
  transport: RequestTransport,
  request: Requests[Type]['request'],
  requestId: string = randomUUID(),
): Promise<Requests[Type]['result']> {
  const body = new TextEncoder().encode(JSON.stringify(request));
  const answer = await transport.send(body, requestId);
  const reply = JSON.parse(new TextDecoder().decode(answer)) as Reply;
  if (!reply.ok) throw new RequestRefusedError(reply.code, reply.message, reply.exitCode);
  return reply.result as Requests[Type]['result'];
}
