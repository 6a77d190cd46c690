import type { IncomingMessage } from 'node:http';
import { Readable, type Duplex } from 'node:stream';
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
    handler: (request, reply) => answer(handler, request, reply),
  });
  app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (request.url?.replace(/\?.*$/, '') === PATH) handler.upgrade(request, socket, head);
    else socket.destroy();
  });
  // Before the server waits for its connections to end.
  app.addHook('preClose', () => handler.close());
  done();
}

async function answer(handler: GraphqlHandler, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    gone.abort();
  });
  const { method, url, headers, body } = request;
  const text = typeof body === 'string' ? body : null;
  const response = await handler.answer({ method, url, headers, body: text, signal: gone.signal });
  reply.code(response.status).headers(response.headers);
  if (response.body === null || typeof response.body === 'string' || Buffer.isBuffer(response.body)) {
    return reply.send(response.body);
  }
  return reply.send(Readable.from(response.body, { objectMode: false }));
}
