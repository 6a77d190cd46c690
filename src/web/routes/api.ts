import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { BadKeyError, KeyNeededError, type Caller } from '../../application/callers.js';
import type { WantedTest } from '../../application/caller-requests.js';
import type { DecidedRun } from '../../application/decide-runs.js';
import type { EnqueuedRun } from '../../application/enqueue.js';
import { ForbiddenError } from '../../application/permissions.js';
import { DebciError, InvalidInputError } from '../../domain/errors.js';
import { rejection } from '../../domain/reject-list.js';
import { runId as runIdRule } from '../../domain/rules.js';
import { formOf } from '../api/form.js';
import { packageNames, rejectListJson, requestedJobs } from '../api/lists.js';
import { batchIn, testIn, testsIn } from '../api/wanted-tests.js';
import type { ServerOptions } from '../server-options.js';

/** Bytes of a form: 10,000 tests fit in. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;
const JSON_TYPE = 'application/json; charset=utf-8';

export type ApiOptions = Pick<ServerOptions, 'callerOf' | 'requests' | 'rejectList' | 'readModel' | 'logger'>;

type Handler = (request: FastifyRequest, caller: Caller, reply: FastifyReply) => unknown;

interface PlatformParams {
  readonly suite: string;
  readonly arch: string;
}

/**
 * `/api/v1/…`: Debian's REST interface, for programs that ask Debian's debci for tests. Every call brings a key as
 * `Auth-Key: KEY`. What goes wrong is told as a line of text: 400 (a value is not allowed),
 * 403 (no key, or not theirs to do), 503 (not now).
 */
export function api(app: FastifyInstance, options: ApiOptions, done: () => void): void {
  const { requests, readModel, rejectList, logger } = options;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_BODY_BYTES }, (_request, body, parsed) => {
    parsed(null, body);
  });
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    const status = statusOf(error);
    // Ours: told and logged like all others.
    if (status === 500) throw error;
    if (status === 503) logger.error({ err: error }, 'a call of the REST interface failed');
    const text = status === 503 ? 'this cannot be done now; the log of the server says why' : error.message;
    return reply.code(status).type('text/plain; charset=utf-8').send(`${text}\n`);
  });
  const route = (method: 'GET' | 'POST', url: string, handler: Handler): void => {
    app.route({
      method,
      url: `/api/v1${url}`,
      handler: (request, reply) => handler(request, authenticated(options, request, reply), reply),
    });
  };
  const enqueue = async (caller: Caller, tests: readonly WantedTest[], reply: FastifyReply): Promise<object> => {
    const runs = tests.length === 0 ? [] : await requests.enqueue(caller, tests);
    reply.code(201);
    return runs.map(runJson);
  };
  /** As at Debian's, one package that is on the reject list does not keep the others from being tested. */
  const allowed = (tests: readonly WantedTest[]): readonly WantedTest[] => {
    const entries = rejectList.entries();
    return tests.filter((test) => rejection(entries, test) === null);
  };

  route('GET', '/auth', (_request, _caller, reply) => reply.send());
  route('GET', '/reject_list', () => rejectListJson(rejectList.entries()));
  route('GET', '/packages', (_request, _caller, reply) => reply.type(JSON_TYPE).send(packageNames(readModel)));
  route('GET', '/test', (request, { user }, reply) => {
    const { since } = request.query as { since?: string };
    return reply.type(JSON_TYPE).send(requestedJobs(readModel, user, since));
  });
  route('POST', '/test/batch', async (request, caller, reply) => {
    return enqueue(caller, allowed(batchIn(await formOf(request))), reply);
  });
  route('POST', '/test/publish', async (request, caller) => {
    const ids = (await formOf(request)).get('run_ids') ?? '';
    const runIds = ids.split(',').map((id) => runIdOf(id.trim()));
    return (await requests.decide('publish', caller, runIds)).map(runJson);
  });
  route('POST', '/test/:suite/:arch', async (request, caller, reply) => {
    return enqueue(caller, allowed(testsIn(await formOf(request), request.params as PlatformParams)), reply);
  });
  route('POST', '/test/:suite/:arch/:package', async (request, caller, reply) => {
    const test = testIn(await formOf(request), request.params as PlatformParams & { package: string });
    return enqueue(caller, [test], reply);
  });
  route('POST', '/retry/:runId', async (request, caller, reply) => {
    const { runId } = request.params as { runId: string };
    const [run] = await requests.retry(caller, [runIdOf(runId)]);
    reply.code(201);
    return run && runJson(run);
  });
  route('GET', '/job_state/:runId', async (request, caller) => {
    const { endedAt } = await requests.find(caller, runIdOf((request.params as { runId: string }).runId));
    return { state: endedAt === null ? 'pending' : 'completed' };
  });
  done();
}

/** @throws KeyNeededError, BadKeyError */
function authenticated({ callerOf }: ApiOptions, request: FastifyRequest, reply: FastifyReply): Caller {
  const caller = callerOf(request.headers);
  if (caller === null) throw new KeyNeededError();
  reply.header('auth-user', caller.user).header('cache-control', 'private, no-store');
  return caller;
}

function statusOf(error: FastifyError): number {
  if ([KeyNeededError, BadKeyError, ForbiddenError].some((one) => error instanceof one)) return 403;
  if (error instanceof DebciError) return error.exitCode === 2 ? 400 : 503;
  return error.statusCode ?? 500;
}

/** @throws InvalidInputError */
function runIdOf(text: string): number {
  const id = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (runIdRule.accepts(id)) return id;
  throw new InvalidInputError([{ field: 'run id', value: text, allowed: runIdRule.allowed }]);
}

function runJson({ runId, ...run }: EnqueuedRun | DecidedRun): object {
  return { run_id: runId, ...run };
}
