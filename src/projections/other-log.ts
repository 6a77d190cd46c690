import { DebciError, InvalidInputError } from '../domain/errors.js';
import type { EventStore, Position } from '../domain/ports/event-store.js';
import { ReadModelUnavailableError } from './database.js';
import { openReadModel } from './read-model.js';

/** What is kept beside the log comes from another one, or from what this one no longer holds. */
export class OtherLogError extends DebciError {
  readonly code = 'E_OTHER_LOG';
}

/**
 * Looks whether a read model can go on with this log: after a move the positions are others, and after the restore of an
 * older backup there is less of it.
 * @param path of the link (files.ts).
 * @throws OtherLogError; StoreUnavailableError
 */
export async function checkLog(path: string, log: Pick<EventStore, 'readAll' | 'lastPosition'>): Promise<void> {
  const position = checkpointOf(path);
  if (position === null) return;
  const end = await log.lastPosition();
  if (end === null || end < position || !(await knows(log, position))) {
    throw new OtherLogError(
      `${path} was made from another log, or from more of it than there is; remove it and checkpoints.sqlite beside it, ` +
        'and both are made anew (docs/storage.md)',
    );
  }
}

function checkpointOf(path: string): Position | null {
  try {
    const readModel = openReadModel(path);
    const position = readModel.position();
    readModel.close();
    return position;
  } catch (error) {
    // There is none, or it is made anew anyway.
    if (error instanceof ReadModelUnavailableError) return null;
    throw error;
  }
}

async function knows(log: Pick<EventStore, 'readAll'>, after: Position): Promise<boolean> {
  try {
    // Left as soon as it has begun: a read that is only let go of would stay open.
    for await (const event of log.readAll({ after, limit: 1 })) if (event.position > after) break;
    return true;
  } catch (error) {
    if (error instanceof InvalidInputError) return false;
    throw error;
  }
}
