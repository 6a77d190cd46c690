import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { onTestFinished } from 'vitest';
import { readStoredLog } from '../../src/adapters/files/stored-log.js';
import type { TestRunEvent } from '../../src/domain/events.js';
import { runFolder, type Job } from '../../src/domain/job.js';
import type { RejectList } from '../../src/domain/ports/reject-list.js';
import type { ReadModel } from '../../src/projections/read-model.js';
import type { StatusSettings } from '../../src/web/pages/status/settings.js';
import type { Operations, ServerOptions } from '../../src/web/server-options.js';
import { createApp } from '../../src/web/server.js';
import { Site } from '../../src/web/site.js';
import { Templates } from '../../src/web/templates.js';
import { silentLogger } from './loggers.js';
import { readModelOf, temporaryFolder } from './read-models.js';

export const TEMPLATES = fileURLToPath(new URL('../../src/web/templates', import.meta.url));
export const ASSETS = fileURLToPath(new URL('../../src/web/assets', import.meta.url));

/** The log of a read model that holds all there is. */
const CAUGHT_UP: Operations = {
  log: { readAll: () => Readable.from([]) },
  clock: { now: () => new Date('2026-01-02T00:00:00Z') },
  bus: null,
};

const DEFAULTS: StatusSettings = { failingPerPage: 50, pendingPerPage: 50, visibleDays: 35, slowMinutes: 60 };
const refused = (): never => {
  throw new Error('nothing is to be asked for here');
};
const NO_REQUESTS = { enqueue: refused, retry: refused, decide: refused, find: refused };
const NOTHING_REJECTED: RejectList = { entries: () => [] };

export function siteOf(readModel: ReadModel, settings = DEFAULTS, rejectList = NOTHING_REJECTED): Site {
  return new Site({ readModel, templates: new Templates(TEMPLATES), distribution: 'Debian', rejectList, settings });
}

/** Puts everything beside the pages that the build puts there. */
export function copyAssets(htmlDir: string): void {
  const bootstrap = fileURLToPath(import.meta.resolve('bootstrap/dist/css/bootstrap.min.css'));
  cpSync(ASSETS, join(htmlDir, 'assets'), { recursive: true });
  cpSync(bootstrap, join(htmlDir, 'assets/vendor/bootstrap.min.css'));
}

/** What a server of these events needs, with folders of its own. */
export function serverOptions(...events: TestRunEvent[]): ServerOptions & { readModel: ReadModel } {
  const readModel = readModelOf(...events);
  const [htmlDir, dataDir] = [temporaryFolder(), temporaryFolder()];
  const logs = { readLog: readStoredLog.bind(null, dataDir) };
  const publisher = { urlBase: 'https://ci.example.org', name: 'Debian Continuous Integration' };
  const site = siteOf(readModel);
  return {
    readModel,
    site,
    publisher,
    htmlDir,
    dataDir,
    logs,
    operations: CAUGHT_UP,
    callerOf: () => null,
    requests: NO_REQUESTS,
    rejectList: NOTHING_REJECTED,
    graphql: null,
    logger: silentLogger,
  };
}

export async function appOf(options: ServerOptions): Promise<FastifyInstance> {
  const app = await createApp(options);
  onTestFinished(() => app.close());
  return app;
}

/** Puts a run's log where the collector puts it. */
export function storeLog(dataDir: string, job: Job, log: string | Uint8Array): void {
  storeFile(dataDir, `${runFolder(job)}/log.gz`, gzipSync(log));
}

export function storeFile(dataDir: string, path: string, body: string | Uint8Array): void {
  const file = join(dataDir, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, body);
}
