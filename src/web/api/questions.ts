import { packageNames, rejectListJson, requestedJobs } from './lists.js';
import { runIdOf, type ApiOptions, type Route } from './route.js';

const JSON_TYPE = 'application/json; charset=utf-8';

/** The calls that ask something. */
export function questions(route: Route, { requests, readModel, rejectList }: ApiOptions): void {
  route('GET', '/auth', (_request, _caller, reply) => reply.send());
  route('GET', '/reject_list', () => rejectListJson(rejectList.entries()));
  route('GET', '/packages', (_request, _caller, reply) => reply.type(JSON_TYPE).send(packageNames(readModel)));
  route('GET', '/test', (request, { user }, reply) => {
    const { since } = request.query as { since?: string };
    return reply.type(JSON_TYPE).send(requestedJobs(readModel, user, since));
  });
  route('GET', '/job_state/:runId', async (request, caller) => {
    const { endedAt } = await requests.find(caller, runIdOf((request.params as { runId: string }).runId));
    return { state: endedAt === null ? 'pending' : 'completed' };
  });
}
