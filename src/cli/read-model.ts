import { existsSync } from 'node:fs';
import { DebciError } from '../domain/errors.js';
import { openReadModel, type ReadModel } from '../projections/read-model.js';
import type { Config } from './config/config.js';
import { statePaths } from './config/state.js';

/** This host keeps no results: it has never run a collector with this data folder. */
class NothingHereError extends DebciError {
  readonly code = 'E_NOTHING_HERE';
}

/**
 * This host's read model, while the collector may go on writing it.
 * @throws NothingHereError
 */
export function ownReadModel(config: Config): ReadModel {
  const { readModel } = statePaths(config);
  if (existsSync(readModel)) return openReadModel(readModel);
  throw new NothingHereError(
    `no results are kept in ${config.data_basedir}; name the collector's data folder with --data-dir`,
  );
}

/** Asks this host's read model. @throws NothingHereError */
export function withReadModel<Result>(config: Config, ask: (model: ReadModel) => Result): Result {
  const model = ownReadModel(config);
  try {
    return ask(model);
  } finally {
    model.close();
  }
}
