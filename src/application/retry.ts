import { UnknownRunError } from '../domain/errors.js';
import type { Job } from '../domain/job.js';
import { testStream } from '../domain/test-run.js';
import { type Enqueue, type EnqueuedRun, type RequestContext } from './enqueue.js';
import type { EventLog } from './event-log.js';
import { checked } from './input/checked.js';
import { EnqueueRequest } from './input/enqueue-request.js';
import type { RetryRequest } from './input/run-requests.js';

async function jobOf(log: EventLog, runId: number): Promise<Job> {
  for await (const event of log.readStream(testStream(runId), { limit: 1 })) {
    if (event.type === 'TestEnqueued') return event.data;
  }
  throw new UnknownRunError(runId);
}

function requestFor(job: Job, by: string | null): EnqueueRequest {
  const { runId, requestor, origin: _origin, ...same } = job;
  return checked(EnqueueRequest, {
    type: 'enqueue',
    requestor: by ?? requestor,
    origin: { kind: 'retry', of: runId },
    jobs: [same],
  });
}

/**
 * Enqueues runs again, each as a new job that names the one it repeats.
 * @throws UnknownRunError, RejectedPackageError; then none was enqueued
 */
export async function retry(
  log: EventLog,
  enqueue: Enqueue,
  { requestor, runIds }: RetryRequest,
  context: RequestContext,
): Promise<EnqueuedRun[]> {
  const jobs = await Promise.all(runIds.map((runId) => jobOf(log, runId)));
  enqueue.assertAllowed(jobs);
  const runs = await Promise.all(
    jobs.map((job, index) =>
      enqueue.execute(requestFor(job, requestor), { ...context, requestId: `${context.requestId}/${index}` }),
    ),
  );
  return runs.flat();
}
