import { createHash } from 'node:crypto';
import type { FastifyReply } from 'fastify';

/** Sends a page that was made for this request; one that the browser has already is not sent again. */
export function sendDocument(reply: FastifyReply, html: string): void {
  sendText(reply, 'text/html; charset=utf-8', html);
}

/** The same for any text. */
export function sendText(reply: FastifyReply, type: string, text: string): void {
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`;
  reply.header('etag', etag).header('cache-control', 'no-cache').type(type);
  if (reply.statusCode === 200 && isKnown(reply, etag)) reply.code(304).send();
  else reply.send(text);
}

/** Whether the client says that it has what the tag names (weakly compared, RFC 9110, 13.1.2). */
export function isKnown(reply: FastifyReply, etag: string): boolean {
  const given = reply.request.headers['if-none-match'];
  if (given === undefined) return false;
  const bare = (tag: string): string => tag.trim().replace(/^W\//, '');
  return given.trim() === '*' || given.split(',').some((tag) => bare(tag) === bare(etag));
}
