import { FileArtifactStore } from '../../adapters/files/artifact-store.js';
import { FilePartStore } from '../../adapters/files/part-store.js';
import { FileRejectList } from '../../adapters/files/reject-list.js';
import { FileLock } from '../../adapters/sqlite/file-lock.js';
import { runCollector } from '../../application/collector.js';
import { EventLog } from '../../application/event-log.js';
import { resultsQueue } from '../../application/messages/subjects.js';
import { runBeneath, type Runnable } from '../../application/run-together.js';
import type { EventStore } from '../../domain/ports/event-store.js';
import type { Lock } from '../../domain/ports/lock.js';
import type { MessageBus } from '../../domain/ports/message-bus.js';
import { ProjectedJobIndex } from '../../projections/job-index.js';
import { openEventStore } from './event-store.js';
import type { Instance } from './instance.js';
import { openReadSide } from './read-side.js';
import { openWeb } from './web-service.js';

/** The collector, its projections and its pages, in one process. */
export interface CollectorService extends Runnable {
  readonly log: EventStore;
  close(): Promise<void>;
}

/** Who holds it may write the log, whatever broker it listens to. */
export function collectorLock({ paths }: Pick<Instance, 'paths'>): Lock {
  return new FileLock(paths.lock);
}

/** Opens the log, the read model and the files; makes what is missing. */
export async function openCollector(instance: Instance, bus: MessageBus): Promise<CollectorService> {
  const { config, paths, logger, clock } = instance;
  const rejectList = FileRejectList.open(instance.rejectListFile, logger);
  const store = await openEventStore(config.event_store, { logger });
  const web = openWeb(instance);
  const readSide = openReadSide(instance, store, web);
  const { checkpoints } = readSide;
  const index = new ProjectedJobIndex(paths.readModel, readSide.projector);
  const artifacts = await FileArtifactStore.open({
    dataDir: config.data_basedir,
    stagingDir: paths.staging,
    quarantineDir: paths.quarantine,
    clock,
  });
  const partStore = await FilePartStore.open({ folder: paths.parts, clock });
  const collecting: Runnable = {
    run: (signal) =>
      runCollector(
        {
          bus,
          log: new EventLog(store, clock),
          index,
          rejectList,
          artifacts,
          partStore,
          checkpoints,
          clock,
          logger,
          resultsQueue: resultsQueue(config.amqp_results_queue),
          retentionDays: config.data_retention_days,
          leaseMs: config.lease_seconds * 1000,
        },
        signal,
      ),
  };
  return {
    log: store,
    run: async (signal) => {
      // Meanwhile what serves the pages may begin.
      if (await readSide.prepare(signal)) await runBeneath(readSide, collecting, signal);
    },
    close: async () => {
      web.close();
      await store.close();
      index.close();
      readSide.close();
    },
  };
}
