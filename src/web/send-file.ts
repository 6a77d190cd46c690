import { negotiate } from '@fastify/accept-negotiator';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ENCODINGS, type Encoding, type HotFile, type HotFiles } from './hot-files.js';
import { isKnown } from './send.js';

/**
 * Answers with the file of the site that an address names: packed if the client takes that, and not at all if it has
 * it already. A page's address with a query may mean another page, so that one is left to the routes.
 * @returns false where there is no such file; then nothing was sent.
 */
export async function sendSiteFile(files: HotFiles, request: FastifyRequest, reply: FastifyReply): Promise<boolean> {
  const path = filePathOf(request);
  const file = path === null ? null : await files.get(path);
  if (!file) return false;
  const encoding = file.packs ? encodingFor(request) : null;
  const etag = `"${file.etag}${encoding === null ? '' : `-${encoding}`}"`;
  reply.headers({ etag, 'last-modified': file.modified, 'cache-control': 'no-cache' });
  if (file.packs) reply.header('vary', 'accept-encoding');
  if (isKnown(request, etag, file.modified)) reply.code(304).send();
  else await sendBody(file, encoding, reply);
  return true;
}

async function sendBody(file: HotFile, encoding: Encoding | null, reply: FastifyReply): Promise<void> {
  const body = encoding === null ? file.body : await file.packed(encoding);
  if (encoding !== null) reply.header('content-encoding', encoding);
  void reply.type(file.type).send(body);
}

/** Null: no file's address, or one that is not well encoded. */
function filePathOf({ method, url }: FastifyRequest): string | null {
  if (method !== 'GET' && method !== 'HEAD') return null;
  const [path = '', ...query] = url.split('?');
  if (path.endsWith('/') && query.length > 0) return null;
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}

/** Null: plain. */
function encodingFor({ headers }: FastifyRequest): Encoding | null {
  const accepted = headers['accept-encoding'];
  return accepted === undefined ? null : negotiate(accepted, [...ENCODINGS]);
}
