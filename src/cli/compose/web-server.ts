import { userInfo } from 'node:os';
import { localKey } from '../../adapters/files/local-key.js';
import { FileRejectList } from '../../adapters/files/reject-list.js';
import { readStoredLog } from '../../adapters/files/stored-log.js';
import { CallerRequests } from '../../application/caller-requests.js';
import { Callers, keyIn } from '../../application/callers.js';
import { newKey } from '../../application/new-key.js';
import type { RequestTransport } from '../../application/submit.js';
import type { EventStore } from '../../domain/ports/event-store.js';
import { ReadModelProgress } from '../../projections/progress.js';
import type { ReadModel } from '../../projections/read-model.js';
import { visibleRuns } from '../../projections/visible-runs.js';
import type { Operations } from '../../web/server-options.js';
import { createServer, type WebServer } from '../../web/server.js';
import type { Site } from '../../web/site.js';
import type { Config } from '../config/config.js';
import { extraAptSources } from '../extra-apt-sources.js';
import type { Instance } from './instance.js';

/** Where a server's answers come from. */
export interface ServerSources extends Pick<Operations, 'bus'> {
  readonly log: EventStore;
  /** For what changes something. */
  readonly transport: RequestTransport;
}

/** Pages, data, files, GraphQL and REST over HTTP. */
export async function openWebServer(
  instance: Instance,
  { readModel, site }: { readModel: ReadModel; site: Site },
  { log, bus, transport }: ServerSources,
): Promise<WebServer> {
  const { config, dir, paths, logger, clock } = instance;
  const { html_dir: htmlDir, data_basedir: dataDir } = config;
  const rejectList = FileRejectList.open(instance.rejectListFile, logger);
  const local = { key: localKey(paths.localKey, () => newKey().key), user: userInfo().username };
  const callers = new Callers(readModel.apiKeys, local, config.public_browsing);
  const progress = new ReadModelProgress(readModel);
  const requests = new CallerRequests({
    transport,
    aptSources: (names, user) => extraAptSources(names, user, dir),
    defaultBackend: config.backend,
    visibleRuns: visibleRuns({ readModel, log, progress }),
  });
  // Loaded here: it takes a third of a second, and only servers need it.
  const { createEndpoint } = await import('../../graphql/endpoint.js');
  return createServer({
    ...{ readModel, site, htmlDir, dataDir, rejectList, requests, logger },
    publisher: publisherOf(config),
    logs: { readLog: readStoredLog.bind(null, dataDir) },
    operations: { log, bus, clock },
    callerOf: (headers) => callers.withKey(keyIn((name) => headers[name]?.toString())),
    graphql: createEndpoint({ readModel, log, progress, rejectList, requests, callers, logger }),
  });
}

function publisherOf({ url_base: url, distro_name: distribution }: Config) {
  return { urlBase: url.replace(/\/+$/, ''), name: `${distribution} Continuous Integration` };
}
