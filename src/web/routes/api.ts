import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isRefusedKey, KeyNeededError, type Caller } from '../../application/callers.js';
import { ForbiddenError } from '../../application/permissions.js';
import { DebciError } from '../../domain/errors.js';
import { questions } from '../api/questions.js';
import type { ApiOptions, Route } from '../api/route.js';
import { submissions } from '../api/submissions.js';

/** Bytes of a form: 10,000 tests fit in. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;
const NOT_NOW = 'this cannot be done now; the log of the server says why';

/**
 * `/api/v1/…`: Debian's REST interface, for programs that ask Debian's debci for tests. Every call brings a key as
 * `Auth-Key: KEY`. What goes wrong is told as a line of text: 400 (a value is not allowed), 403 (no key, or not theirs to
 * do), 503 (not now).
 */
export function api(app: FastifyInstance, options: ApiOptions, done: () => void): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_BODY_BYTES }, (_request, body, parsed) => {
    parsed(null, body);
  });
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    const status = statusOf(error);
    // Ours: told and logged like all others.
    if (status === 500) throw error;
    if (status === 503) options.logger.error({ err: error }, 'a call of the REST interface failed');
    const text = status === 503 ? NOT_NOW : error.message;
    return reply.code(status).type('text/plain; charset=utf-8').send(`${text}\n`);
  });
  const route: Route = (method, path, handler) => {
    app.route({
      method,
      url: `/api/v1${path}`,
      handler: (request, reply) => handler(request, authenticated(request, reply), reply),
    });
  };
  questions(route, options);
  submissions(route, options);
  done();
}

/** @throws KeyNeededError */
function authenticated({ caller }: FastifyRequest, reply: FastifyReply): Caller {
  if (caller === null) throw new KeyNeededError();
  reply.header('auth-user', caller.user);
  return caller;
}

function statusOf(error: FastifyError): number {
  if (isRefusedKey(error) || error instanceof ForbiddenError) return 403;
  if (error instanceof DebciError) return error.exitCode === 2 ? 400 : 503;
  return error.statusCode ?? 500;
}
