import { once } from 'node:events';
import type { Socket } from 'node:net';

/** What goes over the local instance's socket: one line of JSON each way, then the end. */

/** A request of 10,000 jobs with long triggers is far below this. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;

export interface LocalRequest {
  readonly requestId: string;
  /** The request as JSON text. */
  readonly body: string;
}

export type LocalAnswer =
  | { readonly ok: true; readonly body: string }
  | { readonly ok: false; readonly code: string; readonly message: string };

/** Reads up to the first line's end, or the stream's. Rejects where the line is too long. */
export async function readLine(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    const end = chunk.indexOf(0x0a);
    chunks.push(end < 0 ? chunk : chunk.subarray(0, end));
    bytes += chunk.length;
    if (end >= 0) break;
    if (bytes > MAX_LINE_BYTES) throw new Error(`a line of more than ${MAX_LINE_BYTES} bytes`);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Writes one line and ends the socket's writing side. */
export async function writeLine(socket: Socket, value: LocalRequest | LocalAnswer): Promise<void> {
  socket.end(`${JSON.stringify(value)}\n`);
  if (!socket.writableFinished) await once(socket, 'finish');
}
