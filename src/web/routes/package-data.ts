import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ReadModel } from '../../projections/read-model.js';
import { jobJson } from '../data/job-json.js';
import { filePath } from '../paths.js';
import { sendJobs, sendJson } from '../send-json.js';
import { targetOf, type TargetParams } from './params.js';

const TARGET = '/data/packages/:suite/:arch/:prefix/:package';

/** `/data/packages/<suite>/<arch>/<prefix>/<package>/…`: the run that makes the package's status, and all runs. */
export function packageData(app: FastifyInstance, { readModel }: { readModel: ReadModel }, done: () => void): void {
  const { records } = readModel;
  app.get<{ Params: TargetParams }>(`${TARGET}/latest.json`, ({ params }, reply) => {
    const target = targetOf(params);
    const latest = target && records.latest(target);
    sendJson(reply, latest ? jobJson(latest) : undefined);
  });
  app.get<{ Params: TargetParams }>(`${TARGET}/history.json`, ({ params }, reply): FastifyReply => {
    const target = targetOf(params);
    return sendJobs(reply, readModel, target ? records.history(target) : []);
  });
  app.get<{ Params: TargetParams }>(`${TARGET}/latest-autopkgtest/log.gz`, ({ params }, reply) => {
    const target = targetOf(params);
    const latest = target && records.latest(target);
    // The log of a run never changes, but which run is the latest does.
    if (latest) reply.header('cache-control', 'no-cache').redirect(filePath(latest, 'log.gz'), 302);
    else reply.callNotFound();
  });
  done();
}
