import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AptArchive } from '../../adapters/archive/apt-archive.js';
import { FileRejectList } from '../../adapters/files/reject-list.js';
import { FileSeedList } from '../../adapters/files/seed-list.js';
import { aptView } from '../../adapters/shared/apt/apt-view.js';
import { DEBIAN_PATH } from '../../adapters/shared/process/environment.js';
import { SqliteBatchState } from '../../adapters/sqlite/batch-state.js';
import { FileLock } from '../../adapters/sqlite/file-lock.js';
import type { BatchParts } from '../../application/batch/batch-parts.js';
import { standBy } from '../../application/stand-by.js';
import { DebciError } from '../../domain/errors.js';
import type { Archive } from '../../domain/ports/archive.js';
import type { BatchState } from '../../domain/ports/batch-state.js';
import { ProjectedTestHistory } from '../../projections/test-history.js';
import type { Config } from '../config/config.js';
import type { LoadedConfig } from '../config/load.js';
import { ensureState, statePaths } from '../config/state.js';
import { InterruptedError } from '../interrupted.js';
import { ownReadModel } from '../read-model.js';
import { SILENT } from './request-transport.js';
import { aptSettings } from './testbeds.js';

/** Another batch runs on this data folder, or runs still. */
class BatchRunningError extends DebciError {
  readonly code = 'E_BATCH_RUNNING';
}

export interface BatchTurn {
  readonly signal: AbortSignal;
  /** Called if another batch has to be waited for; null: do not wait. */
  readonly onWait: (() => void) | null;
}

const GRACE_MS = 5_000;

/** The archives as this host's apt, or the configured mirror, has them. */
export function archiveOf(config: Config): Archive {
  const settings = { path: DEBIAN_PATH, tmpDir: tmpdir(), ...aptSettings(config) };
  return new AptArchive({
    folder: statePaths(config).archives,
    path: DEBIAN_PATH,
    graceMs: GRACE_MS,
    view: (suite) => aptView(suite, settings),
  });
}

/**
 * Does something as the one batch of this data folder.
 * @throws BatchRunningError where another has its turn, and is not waited for; InterruptedError where the signal aborts
 * while it is
 */
export async function inBatchTurn<Result>(
  { config, dir }: LoadedConfig,
  turn: BatchTurn,
  work: (parts: BatchParts) => Promise<Result>,
): Promise<Result> {
  const paths = statePaths(config);
  await ensureState(paths);
  const release = await takeTurn(new FileLock(paths.batchLock), turn);
  try {
    const readModel = ownReadModel(config);
    const state = SqliteBatchState.open(paths.batch);
    try {
      return await work({
        archive: archiveOf(config),
        history: new ProjectedTestHistory(readModel),
        state,
        rejectList: FileRejectList.open(join(dir, 'reject_list'), SILENT),
        seedList: new FileSeedList(join(dir, 'seed_list')),
        clock: { now: () => new Date() },
      });
    } finally {
      state.close();
      readModel.close();
    }
  } finally {
    release();
  }
}

/** Batch's memory alone, to switch it off or on; also while a batch runs. */
export async function withBatchState<Result>(config: Config, use: (state: BatchState) => Result): Promise<Result> {
  const paths = statePaths(config);
  await ensureState(paths);
  const state = SqliteBatchState.open(paths.batch);
  try {
    return use(state);
  } finally {
    state.close();
  }
}

async function takeTurn(lock: FileLock, { signal, onWait }: BatchTurn): Promise<() => void> {
  const release = onWait === null ? lock.tryAcquire() : await standBy(lock, onWait, signal);
  if (release !== null) return release;
  if (onWait !== null) throw new InterruptedError('broken off while another batch was running');
  throw new BatchRunningError('another batch is running on this data folder');
}
