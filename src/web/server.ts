import fastifyCompress from '@fastify/compress';
import fastifyStatic from '@fastify/static';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { isRefusedKey, type Caller } from '../application/callers.js';
import { ReadModelUnavailableError } from '../projections/database.js';
import type { Viewer } from '../projections/views.js';
import { ENCODINGS, HotFiles } from './hot-files.js';
import { errorPage, notFoundPage, notReadyPage } from './pages/message.js';
import { api } from './routes/api.js';
import { data } from './routes/data.js';
import { graphql } from './routes/graphql.js';
import { operations } from './routes/operations.js';
import { pages, sendPageOnDemand } from './routes/pages.js';
import { sendDocument, sendText } from './send.js';
import { sendSiteFile } from './send-file.js';
import type { ServerOptions } from './server-options.js';
import { closerOfSilentConnections } from './silent-connections.js';

export interface WebServer {
  /** Resolves to the address when it answers. `port` 0: any free one. */
  listen(port: number, host: string): Promise<string>;
  /** Ends connections and lets go of the port. */
  close(): Promise<void>;
}

/** Styles and scripts are everybody's; all else may be another page for somebody whom we know. */
function isForAll({ viewer, url }: FastifyRequest): boolean {
  return viewer === null || url.startsWith('/assets/');
}

/** Everything comes from this host, and of scripts only those that are files of ours. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "connect-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const SECURITY_HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
};

/** The pages, the data, the files and the APIs of a debci, over HTTP. */
export async function createServer(options: ServerOptions): Promise<WebServer> {
  const app = await createApp(options);
  return {
    listen: (port, host) => app.listen({ port, host }),
    close: () => app.close(),
  };
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks, by the key that came along; null: nobody that we know. */
    caller: Caller | null;
    readonly viewer: Viewer;
  }
  interface FastifyContextConfig {
    /** The route answers without a good key too, or refuses keys in its own way. */
    asksItself?: boolean;
  }
}

/** The server without its port, for tests that inject requests. */
export async function createApp(options: ServerOptions): Promise<FastifyInstance> {
  const app = fastify({
    logger: false,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 256 },
    // Addresses that are not well encoded come here, before any hook.
    frameworkErrors: (error, request, reply) => {
      reply.headers(SECURITY_HEADERS);
      answerError(options, error, request, reply);
    },
  });
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(SECURITY_HEADERS);
    done();
  });
  // Before the routes: those that stand already would not get it.
  app.setErrorHandler((error, request, reply) => {
    answerError(options, error, request, reply);
  });
  app.decorateRequest('caller', null);
  app.decorateRequest('viewer', {
    getter() {
      return this.caller?.user ?? null;
    },
  });
  app.addHook('onRequest', (request, _reply, done) => {
    try {
      request.caller = options.callerOf(request.headers);
    } catch (error) {
      if (!isRefusedKey(error) || request.routeOptions.config.asksItself !== true) throw error;
    }
    done();
  });
  // What was made for one user is kept by nobody.
  app.addHook('onSend', (request, reply, _payload, done) => {
    if (!isForAll(request)) reply.header('cache-control', 'private, no-store');
    done();
  });
  app.addHook('preClose', closerOfSilentConnections(app.server));
  const files = new HotFiles(options.htmlDir);
  // What is kept as a file comes first; what is made for the request, after.
  app.addHook('onRequest', async (request, reply) => {
    if (isForAll(request) && (await sendSiteFile(files, request, reply))) return reply;
  });
  await app.register(fastifyCompress, { encodings: [...ENCODINGS], globalDecompression: false });
  await app.register(fastifyStatic, { root: options.htmlDir, serve: false });
  await app.register(data, options);
  await app.register(pages, options);
  await app.register(operations, options);
  await app.register(api, options);
  if (options.graphql !== null) await app.register(graphql, { graphql: options.graphql });
  app.get('/*', (request, reply) => {
    if (!sendPageOnDemand(options, request, reply)) reply.callNotFound();
  });
  app.setNotFoundHandler((request, reply) => {
    if (!sendPageOnDemand(options, request, reply)) sendMessage(options, reply, 404);
  });
  return app;
}

const MESSAGES = { 404: notFoundPage, 500: errorPage, 503: notReadyPage };

function sendMessage({ site }: ServerOptions, reply: FastifyReply, status: keyof typeof MESSAGES): void {
  // What a file would have come with does not fit the page that says that it is not there.
  reply.removeHeader('content-encoding').removeHeader('content-disposition');
  sendDocument(reply.code(status), site.render(MESSAGES[status]));
}

/** A request that cannot be right (a badly encoded address, say) finds nothing; any other failure is ours, and logged. */
function answerError(options: ServerOptions, error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status >= 400 && status < 500) {
    sendMessage(options, reply, 404);
    return;
  }
  if (isRefusedKey(error)) {
    sendText(reply.code(401), 'text/plain; charset=utf-8', `${error.message}\n`);
    return;
  }
  if (error instanceof ReadModelUnavailableError) {
    sendMessage(options, reply.header('retry-after', '10'), 503);
    return;
  }
  options.logger.error({ err: error, url: request.url }, 'a request failed');
  sendMessage(options, reply, 500);
}
