import type { Clock } from '../../domain/ports/clock.js';
import type { EventStore } from '../../domain/ports/event-store.js';
import type { ReadModel } from '../../projections/read-model.js';

export interface LagParts {
  readonly readModel: Pick<ReadModel, 'position'>;
  readonly log: Pick<EventStore, 'readAll'>;
  readonly clock: Clock;
}

/**
 * For how many seconds the oldest event that is not in the read model yet has been in the log; 0: all are in.
 * @throws StoreUnavailableError
 */
export async function lagSeconds({ readModel, log, clock }: LagParts): Promise<number> {
  const after = readModel.position();
  for await (const { time } of log.readAll({ limit: 1, ...(after !== null && { after }) })) {
    return Math.max(0, (clock.now().getTime() - Date.parse(time)) / 1000);
  }
  return 0;
}
