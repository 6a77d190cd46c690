import { join } from 'node:path';
import { negotiate } from '@fastify/accept-negotiator';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { packagePrefix, runFolder } from '../../domain/job.js';
import type { ReadModel } from '../../projections/read-model.js';
import type { Viewer } from '../../projections/views.js';
import { visibleRun } from '../pages/run.js';
import type { ServerOptions } from '../server-options.js';

interface FileParams {
  readonly suite: string;
  readonly arch: string;
  readonly prefix: string;
  readonly package: string;
  readonly runId: string;
  readonly file: string;
}

type Headers = Readonly<Record<string, string>>;

/** A run's files never change; but they may be removed. */
const KEPT = { 'cache-control': 'public, max-age=3600' };
const TEXT = {
  ...KEPT,
  'content-type': 'text/plain; charset=utf-8',
  'content-encoding': 'gzip',
  vary: 'accept-encoding',
};
const PACKED_TEXT = { ...KEPT, 'content-type': 'application/gzip', vary: 'accept-encoding' };
const ATTACHED = { ...KEPT, 'content-type': 'application/gzip', 'content-disposition': 'attachment' };

/** The files that a run may have, and how they are sent. A browser shows the log, and keeps the artifacts. */
const FILES = new Map<string, (request: FastifyRequest) => Headers>([
  ['log.gz', (request) => (acceptsGzip(request) ? TEXT : PACKED_TEXT)],
  ['artifacts.tar.gz', () => ATTACHED],
]);

/** Who says nothing takes anything (RFC 9110, 12.5.3). */
function acceptsGzip({ headers }: FastifyRequest): boolean {
  const accepted = headers['accept-encoding'];
  return accepted === undefined || negotiate(accepted, ['gzip']) === 'gzip';
}

/** `/data/autopkgtest/…`: log and artifacts of runs that the viewer may see; of anything else below the data folder, nothing. */
export function dataFiles(
  app: FastifyInstance,
  options: Pick<ServerOptions, 'readModel' | 'dataDir'>,
  done: () => void,
): void {
  app.get<{ Params: FileParams }>(
    '/data/autopkgtest/:suite/:arch/:prefix/:package/:runId/:file',
    (request, reply): FastifyReply => {
      const { params } = request;
      const headersFor = FILES.get(params.file);
      const folder = headersFor && folderOf(options.readModel, params, request.viewer);
      if (!headersFor || folder === null || folder === undefined) {
        reply.callNotFound();
        return reply;
      }
      return sendFile(reply.headers(headersFor(request)), join(options.dataDir, folder), params.file);
    },
  );
  done();
}

/** Where the files of a run lie; null for one that is unknown or not to be seen. */
function folderOf(
  readModel: ReadModel,
  { suite, arch, prefix, package: name, runId }: FileParams,
  viewer: Viewer,
): string | null {
  if (!/^[1-9]\d{0,14}$/.test(runId) || prefix !== packagePrefix(name)) return null;
  const run = visibleRun(readModel, { package: name, suite, arch, runId: Number(runId) }, viewer);
  return run && runFolder(run);
}

function sendFile(reply: FastifyReply, folder: string, file: string): FastifyReply {
  return reply.sendFile(file, folder, { contentType: false, cacheControl: false, dotfiles: 'ignore' });
}
