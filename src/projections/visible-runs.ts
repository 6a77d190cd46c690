import type { EventStore } from '../domain/ports/event-store.js';
import type { ReadModelProgress } from './progress.js';
import type { ReadModel } from './read-model.js';
import type { RunSummary, Viewer } from './views.js';

/** So long who asks for runs waits for the read model to know what was decided just before. */
const PATIENCE_MS = 5_000;

export interface VisibleRunsParts {
  readonly readModel: Pick<ReadModel, 'runs'>;
  readonly log: Pick<EventStore, 'lastPosition'>;
  readonly progress: ReadModelProgress;
}

/** Gives those of the runs that the viewer may see: what was enqueued a moment ago can be cancelled now. */
export function visibleRuns({ readModel, log, progress }: VisibleRunsParts) {
  return async (runIds: readonly number[], viewer: Viewer): Promise<ReadonlyMap<number, RunSummary>> => {
    const last = await log.lastPosition();
    if (last !== null) await progress.reached(last, AbortSignal.timeout(PATIENCE_MS));
    return readModel.runs.summaries(runIds, viewer);
  };
}
