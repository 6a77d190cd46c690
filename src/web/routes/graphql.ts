import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable, type Duplex } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { GraphqlHandler } from '../graphql-handler.js';

/** Bytes of a query with its variables: thousands of jobs at once fit in. */
const MAX_BODY_BYTES = 1024 * 1024;
const PATH = '/graphql';

/** `/graphql`: queries, mutations and subscriptions over HTTP, subscriptions over WebSockets, and GraphiQL for browsers. */
export function graphql(
  app: FastifyInstance,
  { graphql: handler }: { graphql: GraphqlHandler },
  done: () => void,
): void {
  const streams = new Set<ServerResponse>();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string', bodyLimit: MAX_BODY_BYTES }, (_request, body, parsed) => {
    parsed(null, body);
  });
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    const status = error.statusCode ?? 500;
    // Ours: told and logged like all others.
    if (status >= 500) throw error;
    const code = status === 413 ? 'E_BODY_TOO_LARGE' : 'E_BAD_QUERY';
    return reply.code(status).send({ errors: [{ message: error.message, extensions: { code } }] });
  });
  app.route({
    method: ['GET', 'POST', 'OPTIONS'],
    url: PATH,
    config: { asksItself: true },
    handler: (request, reply) => answer(handler, request, reply, streams),
  });
  app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (request.url?.replace(/\?.*$/, '') === PATH) handler.upgrade(request, socket, head);
    else socket.destroy();
  });
  // Before the server waits for its connections to end.
  app.addHook('preClose', async () => {
    await handler.close();
    await ended(streams);
  });
  done();
}

/** So long a client may take to hear that its subscription has ended. */
const FAREWELL_MS = 1_000;

/** Resolves when all have been sent; those that are not read are cut off after a while. */
async function ended(streams: ReadonlySet<ServerResponse>): Promise<void> {
  const closed = [...streams].map((stream) => once(stream, 'close'));
  const patience = new AbortController();
  const timeout = setTimeout(FAREWELL_MS, undefined, { signal: patience.signal }).catch(() => undefined);
  await Promise.race([Promise.all(closed), timeout]);
  patience.abort();
  for (const stream of streams) stream.destroy();
}

async function answer(
  handler: GraphqlHandler,
  request: FastifyRequest,
  reply: FastifyReply,
  streams: Set<ServerResponse>,
): Promise<FastifyReply> {
  const gone = new AbortController();
  const { raw } = reply;
  raw.once('close', () => {
    streams.delete(raw);
    if (!raw.writableFinished) gone.abort();
  });
  const { method, url, headers, body } = request;
  const text = typeof body === 'string' ? body : null;
  const response = await handler.answer({ method, url, headers, body: text, signal: gone.signal });
  reply.code(response.status).headers(response.headers);
  if (response.body === null || typeof response.body === 'string' || Buffer.isBuffer(response.body)) {
    return reply.send(response.body);
  }
  streams.add(raw);
  // A connection that ends with its subscription does not hold up the server's end.
  return reply.header('connection', 'close').send(Readable.from(response.body, { objectMode: false }));
}
