import { UnknownRunError } from '../domain/errors.js';
import { testRunDecider, testStream } from '../domain/test-run.js';
import type { EventLog } from './event-log.js';
import type { RunsRequest } from './input/run-requests.js';

/** What became of a run: `changed` false where there was nothing to do (it had ended; it was public). */
export interface DecidedRun {
  readonly runId: number;
  readonly changed: boolean;
}

async function mustExist(log: EventLog, runId: number): Promise<void> {
  for await (const _ of log.readStream(testStream(runId), { limit: 1 })) return;
  throw new UnknownRunError(runId);
}

/**
 * Calls runs off, or makes them public.
 * @throws UnknownRunError; then none was changed
 */
export async function decideRuns(
  log: EventLog,
  { type, by, reason, runIds }: RunsRequest,
  requestId: string,
): Promise<DecidedRun[]> {
  await Promise.all(runIds.map((runId) => mustExist(log, runId)));
  const metadata = { actor: `user:${by}`, causationId: requestId, correlationId: requestId };
  return Promise.all(
    runIds.map(async (runId) => {
      const command = { type, runId, by, reason };
      const { events } = await log.handle(testRunDecider, testStream(runId), command, metadata);
      return { runId, changed: events.length > 0 };
    }),
  );
}
