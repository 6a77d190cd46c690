import type { IncomingHttpHeaders } from 'node:http';
import { userInfo } from 'node:os';
import { fileURLToPath } from 'node:url';
import { localKey } from '../../adapters/files/local-key.js';
import { FileRejectList } from '../../adapters/files/reject-list.js';
import { readStoredLog } from '../../adapters/files/stored-log.js';
import { Callers, keyIn } from '../../application/callers.js';
import { newKey } from '../../application/new-key.js';
import type { RequestTransport } from '../../application/submit.js';
import type { EventStore } from '../../domain/ports/event-store.js';
import { awaitReadModel, type ReadModel } from '../../projections/read-model.js';
import type { Viewer } from '../../projections/views.js';
import type { Operations } from '../../web/server-options.js';
import { createServer, type WebServer } from '../../web/server.js';
import { pagesVersion } from '../../web/pages-version.js';
import { Renderer, type RendererOptions } from '../../web/renderer.js';
import { Site } from '../../web/site.js';
import { Templates } from '../../web/templates.js';
import { openGraphql } from './graphql-service.js';
import type { Instance } from './instance.js';

const TEMPLATES = fileURLToPath(new URL('../../web/templates', import.meta.url));
const ASSETS = fileURLToPath(new URL('../../web/assets', import.meta.url));

export interface ServerSources extends Pick<Operations, 'bus'> {
  readonly log: EventStore;
  /** For mutations. */
  readonly transport: RequestTransport;
}

/** What makes the pages and what serves them, on one connection to the read model. */
export interface WebService {
  renderer(from: Pick<RendererOptions, 'projector' | 'store' | 'checkpoints'>): Renderer;
  /** @param from where the log is read, how the bus is, and the way to the collector */
  server(from: ServerSources): Promise<WebServer>;
  close(): void;
}

/** What every page is made with. */
export interface MadeWith {
  readonly site: Site;
  readonly assetsDir: string;
  readonly version: string;
}

export function siteParts({ config, rejectListFile, logger }: Instance, readModel: ReadModel): MadeWith {
  const { distro_name: distribution } = config;
  const settings = {
    failingPerPage: config.failing_packages_per_page,
    pendingPerPage: config.pending_status_per_page,
    visibleDays: config.status_visible_days,
    slowMinutes: config.slow_tests_duration_minutes,
  };
  const rejectList = FileRejectList.open(rejectListFile, logger);
  return {
    site: new Site({ readModel, rejectList, templates: new Templates(TEMPLATES), distribution, settings }),
    assetsDir: ASSETS,
    version: pagesVersion([TEMPLATES, ASSETS], { distribution, ...settings }),
  };
}

/** Where no collector has made a read model yet, pages that are files are served, and other requests are told to come again. */
export function openWeb(instance: Instance): WebService {
  const { config, paths, logger, clock, rejectListFile } = instance;
  const readModel = awaitReadModel(paths.readModel);
  const { site, assetsDir, version } = siteParts(instance, readModel);
  const { html_dir: htmlDir, data_basedir: dataDir } = config;
  return {
    renderer: (from) => new Renderer({ ...from, site, readModel, htmlDir, assetsDir, version, logger }),
    server: async ({ log, bus, transport }) => {
      const rejectList = FileRejectList.open(rejectListFile, logger);
      const key = localKey(paths.localKey, () => newKey().key);
      const local = { key, user: userInfo().username };
      const callers = new Callers(readModel.apiKeys, local, config.public_browsing);
      const graphql = await openGraphql(instance, { readModel, log, rejectList, callers, transport });
      const logs = { readLog: readStoredLog.bind(null, dataDir) };
      const publisher = {
        urlBase: config.url_base.replace(/\/+$/, ''),
        name: `${config.distro_name} Continuous Integration`,
      };
      return createServer({
        readModel,
        site,
        publisher,
        htmlDir,
        dataDir,
        logs,
        operations: { log, bus, clock },
        viewerOf: (headers) => viewerOf(callers, headers),
        graphql,
        logger,
      });
    },
    close: () => {
      readModel.close();
    },
  };
}

function viewerOf(callers: Callers, headers: IncomingHttpHeaders): Viewer {
  return callers.withKey(keyIn((name) => headers[name]?.toString()))?.user ?? null;
}
