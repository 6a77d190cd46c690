import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { onTestFinished } from 'vitest';
import { readStoredLog } from '../../src/adapters/files/stored-log.js';
import type { ReadModel } from '../../src/projections/read-model.js';
import { createApp } from '../../src/web/server.js';
import type { ServerOptions } from '../../src/web/server-options.js';
import { Site } from '../../src/web/site.js';
import { Templates } from '../../src/web/templates.js';
import { silentLogger } from './loggers.js';
import { temporaryFolder } from './read-models.js';

const TEMPLATES = fileURLToPath(new URL('../../src/web/templates', import.meta.url));

export interface WebApp {
  readonly app: FastifyInstance;
  readonly htmlDir: string;
  readonly dataDir: string;
}

/** The server of a read model, with folders of its own; answers injected requests. Closed when the test has finished. */
export async function webApp(readModel: ReadModel, options: Partial<ServerOptions> = {}): Promise<WebApp> {
  const folder = temporaryFolder();
  const [htmlDir, dataDir] = [join(folder, 'html'), join(folder, 'data')];
  mkdirSync(htmlDir);
  mkdirSync(dataDir);
  const app = await createApp({
    readModel,
    site: new Site(readModel, new Templates(TEMPLATES), 'Debian'),
    publisher: { urlBase: 'https://ci.example.org', name: 'Debian Continuous Integration' },
    htmlDir,
    dataDir,
    logs: { readLog: readStoredLog.bind(null, dataDir) },
    logger: silentLogger,
    ...options,
  });
  onTestFinished(() => app.close());
  return { app, htmlDir, dataDir };
}
