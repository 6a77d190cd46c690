import { SqliteCheckpointStore } from '../../adapters/sqlite/checkpoint-store.js';
import { FileLock } from '../../adapters/sqlite/file-lock.js';
import { runTogether, type Runnable } from '../../application/run-together.js';
import type { CheckpointStore } from '../../domain/ports/checkpoint-store.js';
import type { EventStore } from '../../domain/ports/event-store.js';
import { LiveReadModel } from '../../projections/live-read-model.js';
import { checkLog } from '../../projections/other-log.js';
import { Projector } from '../../projections/projector.js';
import type { Instance } from './instance.js';
import type { WebService } from './web-service.js';

/** A read model and pages that follow the log; whoever opens it holds the collector's lock of the data folder. */
export interface ReadSide extends Runnable {
  readonly projector: Projector;
  readonly checkpoints: CheckpointStore;
  /** To be called before `run`. @returns false where it was told to stop meanwhile */
  prepare(signal: AbortSignal): Promise<boolean>;
  close(): void;
}

/** Makes what is missing. */
export function openReadSide(instance: Instance, store: EventStore, web: WebService): ReadSide {
  const { paths, logger } = instance;
  const checkpoints = SqliteCheckpointStore.open(paths.checkpoints);
  const rebuilding = new FileLock(paths.rebuildLock);
  const readModel = new LiveReadModel({ path: paths.readModel, store, rebuilding, logger });
  const projector = new Projector(readModel, store, logger);
  const renderer = web.renderer({ projector, store, checkpoints });
  return {
    projector,
    checkpoints,
    prepare: async (signal) => {
      try {
        await checkLog(paths.readModel, store);
        await readModel.prepare(signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
      return !signal.aborted;
    },
    run: (signal) => runTogether([projector, renderer, readModel], signal),
    close: () => {
      readModel.close();
      checkpoints.close();
    },
  };
}
