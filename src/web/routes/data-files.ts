import { join } from 'node:path';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { packagePrefix, runFolder } from '../../domain/job.js';
import type { ReadModel } from '../../projections/read-model.js';
import { publicRun } from '../pages/run.js';

interface FileParams {
  readonly suite: string;
  readonly arch: string;
  readonly prefix: string;
  readonly package: string;
  readonly runId: string;
  readonly file: string;
}

/** The files that a run may have, and how they are sent. A browser shows the log, and keeps the artifacts. */
const FILES: ReadonlyMap<string, Readonly<Record<string, string>>> = new Map([
  ['log.gz', { 'content-type': 'text/plain; charset=utf-8', 'content-encoding': 'gzip' }],
  ['artifacts.tar.gz', { 'content-type': 'application/gzip', 'content-disposition': 'attachment' }],
]);

/** `/data/autopkgtest/…`: log and artifacts of public runs; of anything else below the data folder, nothing. */
export function dataFiles(
  app: FastifyInstance,
  options: { readModel: ReadModel; dataDir: string },
  done: () => void,
): void {
  app.get<{ Params: FileParams }>(
    '/data/autopkgtest/:suite/:arch/:prefix/:package/:runId/:file',
    async ({ params }, reply) => {
      const headers = FILES.get(params.file);
      const folder = headers && folderOf(options.readModel, params);
      if (!headers || folder === null || folder === undefined) {
        reply.callNotFound();
        return reply;
      }
      return sendFile(reply.headers(headers), join(options.dataDir, folder), params.file);
    },
  );
  done();
}

/** Where the files of a run lie; null for one that is unknown or not public. */
function folderOf(readModel: ReadModel, { suite, arch, prefix, package: name, runId }: FileParams): string | null {
  if (!/^[1-9]\d{0,14}$/.test(runId) || prefix !== packagePrefix(name)) return null;
  const run = publicRun(readModel, { package: name, suite, arch, runId: Number(runId) });
  return run && runFolder(run);
}

function sendFile(reply: FastifyReply, folder: string, file: string): FastifyReply {
  return reply.sendFile(file, folder, { contentType: false, cacheControl: false, dotfiles: 'ignore' });
}
