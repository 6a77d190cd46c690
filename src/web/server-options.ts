import type { IncomingHttpHeaders } from 'node:http';
import type { CallerRequests } from '../application/caller-requests.js';
import type { Caller } from '../application/callers.js';
import type { ArtifactStore } from '../domain/ports/artifact-store.js';
import type { Logger } from '../domain/ports/logger.js';
import type { RejectList } from '../domain/ports/reject-list.js';
import type { ReadModel } from '../projections/read-model.js';
import type { Publisher } from './data/feed.js';
import type { GraphqlHandler } from './graphql-handler.js';
import type { MetricsParts } from './operations/metrics.js';
import type { Site } from './site.js';

export interface ServerOptions {
  readonly readModel: ReadModel;
  readonly site: Site;
  /** Whose feeds they are. */
  readonly publisher: Publisher;
  /** The rendered pages (the renderer's). */
  readonly htmlDir: string;
  /** Debian's `data_basedir`. Of it, only the logs and artifacts of public runs are served. */
  readonly dataDir: string;
  readonly logs: Pick<ArtifactStore, 'readLog'>;
  readonly operations: Operations;
  /** Who asks, by the key among the headers; null: nobody that we know. @throws BadKeyError, KeyNeededError */
  readonly callerOf: (headers: IncomingHttpHeaders) => Caller | null;
  /** What holders of keys may have done. */
  readonly requests: Pick<CallerRequests, 'enqueue' | 'retry' | 'decide' | 'find'>;
  readonly rejectList: RejectList;
  /** Null: GraphQL is not served here. */
  readonly graphql: GraphqlHandler | null;
  readonly logger: Logger;
}

/** What tells how the rest of debci is. */
export type Operations = Pick<MetricsParts, 'log' | 'clock' | 'bus'>;
