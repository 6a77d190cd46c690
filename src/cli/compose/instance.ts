import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../domain/ports/clock.js';
import type { Logger } from '../../domain/ports/logger.js';
import type { LoadedConfig } from '../config/load.js';
import { ensureState, statePaths, type StatePaths } from '../config/state.js';

/** What every service of one host stands on. */
export interface Instance extends LoadedConfig {
  readonly paths: StatePaths;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly rejectListFile: string;
  /** As results name this host: its short name. */
  readonly host: string;
}

/** Makes the state folder. */
export async function openInstance(loaded: LoadedConfig, logger: Logger): Promise<Instance> {
  const paths = statePaths(loaded.config);
  await ensureState(paths);
  const clock = { now: () => new Date() };
  const rejectListFile = join(loaded.dir, 'reject_list');
  return { ...loaded, paths, logger, clock, rejectListFile, host: hostname().split('.')[0] ?? 'localhost' };
}
