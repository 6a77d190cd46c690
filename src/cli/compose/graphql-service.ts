import type { Callers } from '../../application/callers.js';
import type { RequestTransport } from '../../application/submit.js';
import type { EventStore } from '../../domain/ports/event-store.js';
import type { RejectList } from '../../domain/ports/reject-list.js';
import type { ReadModel } from '../../projections/read-model.js';
import type { GraphqlHandler } from '../../web/graphql-handler.js';
import { extraAptSources } from '../extra-apt-sources.js';
import type { Instance } from './instance.js';

export interface GraphqlSources {
  readonly readModel: ReadModel;
  readonly log: Pick<EventStore, 'subscribe' | 'lastPosition'>;
  readonly rejectList: RejectList;
  readonly callers: Callers;
  /** The way to the collector, for mutations. */
  readonly transport: RequestTransport;
}

/** GraphQL for the instance's server. Loaded here: it takes a third of a second, and only servers need it. */
export async function openGraphql(instance: Instance, sources: GraphqlSources): Promise<GraphqlHandler> {
  const [{ createEndpoint }, { ReadModelProgress }] = await Promise.all([
    import('../../graphql/endpoint.js'),
    import('../../graphql/live/progress.js'),
  ]);
  const { config, dir, logger } = instance;
  return createEndpoint({
    ...sources,
    progress: new ReadModelProgress(sources.readModel),
    aptSources: (names, user) => extraAptSources(names, user, dir),
    defaultBackend: config.backend,
    logger,
  });
}
