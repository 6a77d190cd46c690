import { userInfo } from 'node:os';
import { FileRejectList } from '../../adapters/files/reject-list.js';
import { localKey } from '../../adapters/local/key.js';
import { Callers } from '../../application/callers.js';
import { newKey } from '../../application/new-key.js';
import type { RequestTransport } from '../../application/submit.js';
import type { EventStore } from '../../domain/ports/event-store.js';
import { createEndpoint, type GraphqlEndpoint } from '../../graphql/endpoint.js';
import { ReadModelProgress } from '../../graphql/live/progress.js';
import type { ReadModel } from '../../projections/read-model.js';
import { extraAptSources } from '../extra-apt-sources.js';
import type { Instance } from './instance.js';

export interface GraphqlFrom {
  readonly readModel: ReadModel;
  readonly log: Pick<EventStore, 'subscribe' | 'lastPosition'>;
  readonly transport: RequestTransport;
}

/** GraphQL on this host's read model and log. Makes the operator's key where there is none yet. */
export async function openGraphql(instance: Instance, from: GraphqlFrom): Promise<GraphqlEndpoint> {
  const { config, dir, paths, logger, rejectListFile } = instance;
  const key = await localKey(paths.localKey, () => newKey().key);
  return createEndpoint({
    ...from,
    progress: new ReadModelProgress(from.readModel),
    rejectList: FileRejectList.open(rejectListFile, logger),
    aptSources: (names, user) => extraAptSources(names, user, dir),
    defaultBackend: config.backend,
    callers: new Callers(from.readModel.apiKeys, { key, user: userInfo().username }),
    logger,
  });
}
