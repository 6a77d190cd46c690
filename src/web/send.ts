import { createHash } from 'node:crypto';
import type { FastifyReply } from 'fastify';

/** Sends a document that was made for this request; one that the browser has already is not sent again. */
export function sendDocument(reply: FastifyReply, html: string): void {
  const etag = `"${createHash('sha256').update(html).digest('base64url').slice(0, 27)}"`;
  reply.header('etag', etag).header('cache-control', 'no-cache').type('text/html; charset=utf-8');
  const known = reply.request.headers['if-none-match']?.split(/\s*,\s*/).map((tag) => tag.replace(/^W\//, ''));
  if (reply.statusCode === 200 && known?.includes(etag)) reply.code(304).send();
  else reply.send(html);
}
