import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { DebciError } from '../../domain/errors.js';
import { readLine, writeLine, type LocalAnswer } from './protocol.js';

/** No local instance answers, or it could not carry out the request. */
export class LocalInstanceError extends DebciError {
  readonly code: string;

  constructor(message: string, code = 'E_NO_LOCAL_INSTANCE', options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

async function open(path: string): Promise<Socket> {
  const socket = connect({ path, allowHalfOpen: true });
  await once(socket, 'connect');
  return socket;
}

/** True where a live instance listens on the socket. */
export async function isListening(path: string): Promise<boolean> {
  try {
    (await open(path)).destroy();
    return true;
  } catch {
    return false;
  }
}

/** Sends requests to the local instance over its socket. */
export class LocalClient {
  constructor(private readonly path: string) {}

  /** @throws LocalInstanceError */
  async send(body: Uint8Array, requestId: string): Promise<Uint8Array> {
    const answer = await this.exchange(body, requestId);
    if (!answer.ok) throw new LocalInstanceError(answer.message, answer.code);
    return Buffer.from(answer.body, 'utf8');
  }

  private async exchange(body: Uint8Array, requestId: string): Promise<LocalAnswer> {
    try {
      const socket = await open(this.path);
      try {
        await writeLine(socket, { requestId, body: Buffer.from(body).toString('utf8') });
        return JSON.parse(await readLine(socket)) as LocalAnswer;
      } finally {
        socket.destroy();
      }
    } catch (cause) {
      throw new LocalInstanceError(`no local instance answers on ${this.path}`, undefined, { cause });
    }
  }
}
