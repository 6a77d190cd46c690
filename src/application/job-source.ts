import type { Logger } from '../domain/ports/logger.js';
import type { Consumer, Delivery, DurableQueue, MessageBus } from '../domain/ports/message-bus.js';
import type { TestRequest } from '../domain/ports/testbed.js';
import { closeOnAbort } from './consume.js';
import type { DeadLetters } from './dead-letters.js';
import { parseDispatch } from './messages/dispatch.js';
import { attemptOf } from './messages/headers.js';
import { MalformedMessageError } from './messages/malformed.js';
import { closeLate, whenUp } from './when-up.js';

/** A job as it was taken from a queue. `attempt` null: dispatched by Debian's collector, which does not count them. */
export interface TakenJob {
  readonly request: TestRequest;
  readonly attempt: number | null;
  readonly delivery: Delivery;
}

export interface JobSourceParts {
  readonly bus: MessageBus;
  readonly queues: readonly DurableQueue[];
  /** That of the queues: the messages do not say it. */
  readonly arch: string;
  readonly deadLetters: DeadLetters;
  readonly logger: Logger;
}

/** A message that could not be set aside comes again after this. */
const RETRY_AFTER_MS = 10_000;

interface Arrival {
  readonly queue: DurableQueue;
  readonly delivery: Delivery;
}

/** Where a worker's slots get their jobs from: several queues, one job at a time. */
export class JobSource {
  constructor(private readonly parts: JobSourceParts) {}

  /** The next job from whichever queue has one first; null when stopped. */
  async next(stop: AbortSignal): Promise<TakenJob | null> {
    while (!stop.aborted) {
      const arrival = await this.arrival(stop);
      if (arrival === null) return null;
      const job = await this.read(arrival);
      if (job !== null) return job;
    }
    return null;
  }

  /** The consumers are gone before the job is acknowledged, so no second one comes here to wait. */
  private async arrival(stop: AbortSignal): Promise<Arrival | null> {
    const { bus, queues, logger } = this.parts;
    const consume = (queue: DurableQueue): Promise<Consumer | null> =>
      whenUp(() => bus.consume(queue, { maxInFlight: 1 }), logger, stop, closeLate);
    const consumers = (await Promise.all(queues.map(consume))).filter((consumer) => consumer !== null);
    if (consumers.length < queues.length) {
      consumers.forEach(closeLate);
      return null;
    }
    const releases = consumers.map((consumer) => closeOnAbort(consumer, stop));
    const arrivals: Arrival[] = [];
    await Promise.all(
      queues.map(async (queue, index) => {
        for await (const delivery of consumers[index] ?? []) {
          arrivals.push({ queue, delivery });
          break;
        }
        await Promise.all(consumers.map((consumer) => consumer.close()));
      }),
    );
    for (const release of releases) release();
    const [first, ...others] = arrivals;
    for (const { delivery } of others) delivery.nak();
    return first ?? null;
  }

  /** Null where it cannot be understood: then it is among the dead letters. */
  private async read({ queue, delivery }: Arrival): Promise<TakenJob | null> {
    const { arch, logger } = this.parts;
    try {
      const { request, unknown } = parseDispatch(delivery.body, arch);
      if (unknown.length > 0) logger.warn({ runId: request.runId, unknown }, 'unknown parameters were skipped');
      return { request, attempt: attemptOf(delivery.headers), delivery };
    } catch (error) {
      if (!(error instanceof MalformedMessageError)) throw error;
      await this.setAside(queue, delivery, error.message);
      return null;
    }
  }

  private async setAside(queue: DurableQueue, delivery: Delivery, reason: string): Promise<void> {
    try {
      await this.parts.deadLetters.bury(queue, delivery, reason);
    } catch (error) {
      this.parts.logger.error({ err: error }, 'a job that makes no sense could not be set aside; it will come again');
      delivery.nak(RETRY_AFTER_MS);
    }
  }
}
