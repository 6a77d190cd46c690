import type { FastifyReply } from 'fastify';
import type { WantedTest } from '../../application/caller-requests.js';
import type { Caller } from '../../application/callers.js';
import type { DecidedRun } from '../../application/decide-runs.js';
import type { EnqueuedRun } from '../../application/enqueue.js';
import { rejection } from '../../domain/reject-list.js';
import { formOf } from './form.js';
import { runIdOf, type ApiOptions, type Route } from './route.js';
import { batchIn, testIn, testsIn } from './wanted-tests.js';

interface PlatformParams {
  readonly suite: string;
  readonly arch: string;
}

/** The calls that ask for something to be done. */
export function submissions(route: Route, { requests, rejectList }: ApiOptions): void {
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
}

function runJson({ runId, ...run }: EnqueuedRun | DecidedRun): object {
  return { run_id: runId, ...run };
}
