import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ReadModel } from '../../projections/read-model.js';
import { statusJson, type StatusJson } from '../data/status-json.js';
import { sendJobs, sendJson } from '../send-json.js';
import { platformOf, type PlatformParams } from './params.js';

/** `/data/status/<suite>/<arch>/…`: how many packages have which status, now and by day, and each package's status. */
export function statusData(app: FastifyInstance, { readModel }: { readModel: ReadModel }, done: () => void): void {
  app.get<{ Params: PlatformParams }>('/data/status/:suite/:arch/status.json', ({ params }, reply) => {
    sendJson(reply, days(readModel, params).at(-1));
  });
  app.get<{ Params: PlatformParams }>('/data/status/:suite/:arch/history.json', ({ params }, reply) => {
    const all = days(readModel, params);
    sendJson(reply, all.length === 0 ? undefined : all);
  });
  app.get<{ Params: PlatformParams }>('/data/status/:suite/:arch/packages.json', ({ params }, reply): FastifyReply => {
    const platform = platformOf(params);
    return sendJobs(reply, readModel, platform ? readModel.records.platform(platform.suite, platform.arch) : []);
  });
  done();
}

/** Oldest first; none for a suite and arch without results. */
function days({ counts }: ReadModel, params: PlatformParams): StatusJson[] {
  const platform = platformOf(params);
  return platform ? counts.days(platform.suite, platform.arch, '', '~').map(statusJson) : [];
}
