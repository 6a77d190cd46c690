import { FileArtifactStore } from '../../adapters/files/artifact-store.js';
import { SqliteCheckpointStore } from '../../adapters/sqlite/checkpoint-store.js';
import { SqliteEventStore } from '../../adapters/sqlite/event-store.js';
import { runCollector } from '../../application/collector.js';
import { EventLog } from '../../application/event-log.js';
import { resultsQueue } from '../../application/messages/subjects.js';
import { runBeneath, type Runnable } from '../../application/run-together.js';
import type { MessageBus } from '../../domain/ports/message-bus.js';
import { openForWriting } from '../../projections/database.js';
import { ProjectedJobIndex } from '../../projections/job-index.js';
import { Projector } from '../../projections/projector.js';
import { ReadModelWriter } from '../../projections/writer.js';
import { eventStoreFile } from '../config/state.js';
import type { Instance } from './instance.js';

/** The collector and its projections, in one process. */
export interface CollectorService extends Runnable {
  /** Tells what each commit of the read model brought. */
  readonly projector: Projector;
  close(): Promise<void>;
}

/** Opens the log, the read model and the files; makes what is missing. */
export async function openCollector(instance: Instance, bus: MessageBus): Promise<CollectorService> {
  const { config, paths, logger, clock } = instance;
  const store = SqliteEventStore.open(eventStoreFile(config));
  const checkpoints = SqliteCheckpointStore.open(paths.checkpoints);
  const readModel = openForWriting(paths.readModel);
  const projector = new Projector(new ReadModelWriter(readModel), store, logger);
  const index = new ProjectedJobIndex(paths.readModel, projector);
  const artifacts = await FileArtifactStore.open({
    dataDir: config.data_basedir,
    stagingDir: paths.staging,
    quarantineDir: paths.quarantine,
    clock,
  });
  const collecting: Runnable = {
    run: (signal) =>
      runCollector(
        {
          bus,
          log: new EventLog(store, clock),
          index,
          artifacts,
          checkpoints,
          clock,
          logger,
          resultsQueue: resultsQueue(config.amqp_results_queue),
        },
        signal,
      ),
  };
  return {
    projector,
    run: (signal) => runBeneath(projector, collecting, signal),
    close: async () => {
      await store.close();
      index.close();
      readModel.close();
      checkpoints.close();
    },
  };
}
