import { fileURLToPath } from 'node:url';
import { readStoredLog } from '../../adapters/files/stored-log.js';
import { openReadModel } from '../../projections/read-model.js';
import type { GraphqlHandler } from '../../web/routes/graphql.js';
import type { Operations } from '../../web/server-options.js';
import { createServer, type WebServer } from '../../web/server.js';
import { Renderer, type RendererOptions } from '../../web/renderer.js';
import { Site } from '../../web/site.js';
import { Templates } from '../../web/templates.js';
import type { GraphqlFrom } from './graphql-service.js';
import type { Instance } from './instance.js';

const TEMPLATES = fileURLToPath(new URL('../../web/templates', import.meta.url));
const ASSETS = fileURLToPath(new URL('../../web/assets', import.meta.url));

export type ServerFrom = Pick<Operations, 'bus' | 'log'> & Omit<GraphqlFrom, 'readModel'>;

/** What makes the pages and what serves them, on one connection to the read model. */
export interface WebService {
  renderer(from: Pick<RendererOptions, 'projector' | 'store' | 'checkpoints'>): Renderer;
  /** @param from.transport the way to the collector, for what is asked for over GraphQL */
  server(from: ServerFrom): Promise<WebServer>;
  close(): void;
}

/** @throws ReadModelUnavailableError where no collector has made one yet */
export function openWeb(instance: Instance): WebService {
  const { config, paths, logger, clock } = instance;
  const readModel = openReadModel(paths.readModel);
  const site = new Site(readModel, new Templates(TEMPLATES), config.distro_name);
  const { html_dir: htmlDir, data_basedir: dataDir } = config;
  return {
    renderer: (from) => new Renderer({ ...from, site, readModel, htmlDir, assetsDir: ASSETS, logger }),
    server: async ({ transport, log, bus }) => {
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
        graphql: await graphqlOf(instance, { readModel, log, transport }),
        logger,
      });
    },
    close: () => {
      readModel.close();
    },
  };
}

/** Loaded here: the commands that only render pages start faster without. */
async function graphqlOf(instance: Instance, from: GraphqlFrom): Promise<GraphqlHandler> {
  const { openGraphql } = await import('./graphql-service.js');
  return openGraphql(instance, from);
}
