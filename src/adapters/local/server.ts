import { chmod, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { DebciError } from '../../domain/errors.js';
import type { Logger } from '../../domain/ports/logger.js';
import type { MessageBus } from '../../domain/ports/message-bus.js';
import { readLine, writeLine, type LocalAnswer, type LocalRequest } from './protocol.js';

export interface LocalServerParts {
  readonly path: string;
  readonly bus: MessageBus;
  /** The bus subject that requests go to. */
  readonly subject: string;
  readonly timeoutMs: number;
  readonly logger: Logger;
}

/**
 * The local instance's door for commands on the same host: a Unix socket (0600, in the state folder) whose
 * requests go onto the in-process bus. Who may open the socket may do what the instance may.
 */
export class LocalServer {
  private constructor(
    private readonly server: Server,
    private readonly parts: LocalServerParts,
  ) {
    server.on('connection', (socket) => void this.serve(socket));
  }

  /** Replaces the socket of an instance that died: the caller has made sure that no other one lives. */
  static async listen(parts: LocalServerParts): Promise<LocalServer> {
    await rm(parts.path, { force: true });
    const server = createServer({ allowHalfOpen: true });
    server.listen(parts.path);
    await once(server, 'listening');
    await chmod(parts.path, 0o600);
    return new LocalServer(server, parts);
  }

  /** Takes no more connections, and waits for the answers under way. */
  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    await closed;
  }

  private async serve(socket: Socket): Promise<void> {
    socket.on('error', (error) => {
      this.parts.logger.debug({ err: error }, 'a local connection broke');
    });
    try {
      await writeLine(socket, await this.answer(await readLine(socket)));
    } catch (error) {
      this.parts.logger.debug({ err: error }, 'a local request was not answered');
      socket.destroy();
    }
  }

  private async answer(line: string): Promise<LocalAnswer> {
    const { bus, subject, timeoutMs } = this.parts;
    try {
      const { requestId, body } = JSON.parse(line) as Partial<LocalRequest>;
      if (typeof requestId !== 'string' || typeof body !== 'string') throw new SyntaxError('not a request');
      const reply = await bus.request(subject, Buffer.from(body, 'utf8'), { timeoutMs, messageId: requestId });
      return { ok: true, body: Buffer.from(reply.body).toString('utf8') };
    } catch (error) {
      const code = error instanceof DebciError ? error.code : 'E_BAD_REQUEST';
      return { ok: false, code, message: error instanceof Error ? error.message : String(error) };
    }
  }
}
