import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ReadModel } from '../../projections/read-model.js';
import type { PackageStatus } from '../../projections/views.js';
import { badgeSvg, verdictOn } from '../data/badge.js';
import { sendText } from '../send.js';
import { packageOf, stem, targetOf, type TargetParams } from './params.js';

const TYPE = 'image/svg+xml; charset=utf-8';

/** `/data/badges/<prefix>/<package>.svg`, and `…/<package>/<suite>/<arch>.svg`. */
export function badges(app: FastifyInstance, { readModel }: { readModel: ReadModel }, done: () => void): void {
  app.get<{ Params: { prefix: string; file: string } }>('/data/badges/:prefix/:file', ({ params }, reply) => {
    const name = packageOf({ prefix: params.prefix, package: stem(params.file, '.svg') });
    send(reply, name, name === null ? [] : readModel.packages.matrix(name));
  });
  app.get<{ Params: Omit<TargetParams, 'arch'> & { file: string } }>(
    '/data/badges/:prefix/:package/:suite/:file',
    ({ params }, reply) => {
      const target = targetOf({ ...params, arch: stem(params.file, '.svg') });
      const all = target ? readModel.packages.matrix(target.package) : [];
      const here = all.filter(({ suite, arch }) => suite === target?.suite && arch === target.arch);
      send(reply, target && `${target.package} in ${target.suite}/${target.arch}`, here);
    },
  );
  done();
}

function send(reply: FastifyReply, subject: string | null, statuses: readonly PackageStatus[]): void {
  if (subject === null || statuses.length === 0) reply.callNotFound();
  else sendText(reply, TYPE, badgeSvg(subject, verdictOn(statuses)));
}
