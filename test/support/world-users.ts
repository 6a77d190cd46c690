import { checked } from '../../src/application/input/checked.js';
import { EnqueueRequest } from '../../src/application/input/enqueue-request.js';
import { parseDispatch } from '../../src/application/messages/dispatch.js';
import { ATTEMPT_HEADER, attemptOf } from '../../src/application/messages/headers.js';
import { encodeProgress } from '../../src/application/messages/progress.js';
import {
  PROGRESS_SUBJECT,
  REQUESTS_SUBJECT,
  RESULTS_SUBJECT,
  testsQueue,
} from '../../src/application/messages/subjects.js';
import { submit, type RequestTransport } from '../../src/application/submit.js';
import type { Delivery } from '../../src/domain/ports/message-bus.js';
import type { TestRequest } from '../../src/domain/ports/testbed.js';
import { next } from './messages.js';
import { resultTarball } from './results.js';
import type { World } from './world.js';

export const TIMEOUT_MS = 10_000;
export const QUEUE = testsQueue('amd64', 'fake');

/** A job as a worker takes it. */
export interface Taken {
  readonly job: TestRequest;
  readonly attempt: number | null;
  readonly delivery: Delivery;
}

export function enqueueRequest(...packages: string[]): EnqueueRequest {
  const jobs = packages.map((name) => ({ package: name, suite: 'unstable', arch: 'amd64', backend: 'fake' }));
  return checked(EnqueueRequest, { type: 'enqueue', requestor: 'alice', origin: { kind: 'cli' }, jobs });
}

/** Those around a collector: who asks it, and workers, which a test moves step by step. */
export class WorldUsers implements RequestTransport {
  constructor(private readonly world: World) {}

  async send(body: Uint8Array, messageId: string): Promise<Uint8Array> {
    return (await this.world.bus.request(REQUESTS_SUBJECT, body, { timeoutMs: TIMEOUT_MS, messageId })).body;
  }

  ask(...packages: string[]): Promise<readonly { runId: number }[]> {
    return submit<'enqueue'>(this, enqueueRequest(...packages));
  }

  /** The next job from the workers' queue. */
  async takeJob(): Promise<Taken> {
    const consumer = await this.world.bus.consume(QUEUE, { maxInFlight: 1 });
    const delivery = await next(consumer);
    await consumer.close();
    return { job: parseDispatch(delivery.body, 'amd64').request, attempt: attemptOf(delivery.headers), delivery };
  }

  /** Takes a job and says so, as one of our workers does; resolves when the log has it. */
  async start(worker: string): Promise<{ job: TestRequest; attempt: number }> {
    const { job, attempt, delivery } = await this.takeJob();
    const message = encodeProgress({ type: 'started', runId: job.runId, attempt: attempt!, worker });
    await this.world.bus.publish(PROGRESS_SUBJECT, message);
    delivery.ack();
    await this.world.event('TestStarted', ({ data }) => data.worker === worker && data.attempt === attempt);
    return { job, attempt: attempt! };
  }

  /** Sends a result; resolves when the collector has taken it, whatever came of it. */
  async deliver(job: TestRequest, worker: string, attempt: number | null, log = worker): Promise<void> {
    const body = await resultTarball(job, { worker, log });
    const headers = attempt === null ? {} : { [ATTEMPT_HEADER]: String(attempt) };
    await this.world.bus.request(RESULTS_SUBJECT, body, { timeoutMs: TIMEOUT_MS, headers });
  }
}
