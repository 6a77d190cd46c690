import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { GraphqlHandler } from '../graphql-handler.js';

const PATH = '/graphql';
/** A query with its variables; a mutation that enqueues many jobs. */
const MAX_BODY_BYTES = 1024 * 1024;

/** Aborts when the client is gone. */
function signalOf(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    gone.abort();
  });
  return gone.signal;
}

async function answer(handler: GraphqlHandler, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { method, url, headers } = request;
  const body = typeof request.body === 'string' ? request.body : null;
  const {
    status,
    headers: own,
    body: answered,
  } = await handler.answer({
    method,
    url,
    headers,
    body,
    signal: signalOf(reply),
  });
  void reply.code(status).headers(own);
  if (answered === null || typeof answered === 'string' || Buffer.isBuffer(answered)) return reply.send(answered ?? '');
  return reply.send(Readable.from(answered, { objectMode: false }));
}

/** GraphQL over HTTP, its subscriptions as server-sent events or over WebSockets. */
export function graphql(
  app: FastifyInstance,
  { graphql: handler }: { graphql: GraphqlHandler },
  done: () => void,
): void {
  app.addContentTypeParser(
    ['application/json', 'application/graphql'],
    { parseAs: 'string' },
    (_request, body, parsed) => {
      parsed(null, body);
    },
  );
  app.route({
    method: ['GET', 'POST', 'OPTIONS'],
    url: PATH,
    bodyLimit: MAX_BODY_BYTES,
    compress: false,
    handler: (request, reply) => answer(handler, request, reply),
  });
  app.server.on('upgrade', (request, socket, head) => {
    if (request.url?.split('?')[0] === PATH) handler.upgrade(request, socket, head);
    else socket.destroy();
  });
  done();
}
