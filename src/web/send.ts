import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Sends a page that was made for this request; one that the browser has already is not sent again. */
export function sendDocument(reply: FastifyReply, html: string): void {
  sendText(reply, 'text/html; charset=utf-8', html);
}

/** The same for any text. */
export function sendText(reply: FastifyReply, type: string, text: string): void {
  // Weak, since it may be packed on its way.
  const etag = `W/"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`;
  reply.header('etag', etag).header('cache-control', 'no-cache').type(type);
  if (reply.statusCode === 200 && isKnown(reply.request, etag)) reply.code(304).send();
  else reply.send(text);
}

/**
 * Whether the client has what it asks for (RFC 9110, 13.1): it names the tag, compared weakly; or, where it names none,
 * its copy is not older.
 * @param modified as HTTP writes it
 */
export function isKnown({ headers }: FastifyRequest, etag: string, modified?: string): boolean {
  const tags = headers['if-none-match'];
  if (tags !== undefined) return tags.trim() === '*' || tags.split(',').some((tag) => bare(tag) === bare(etag));
  const since = Date.parse(headers['if-modified-since'] ?? '');
  return modified !== undefined && since >= Date.parse(modified);
}

function bare(tag: string): string {
  return tag.trim().replace(/^W\//, '');
}
