import { UnknownRunError } from '../domain/errors.js';
import type { Logger } from '../domain/ports/logger.js';
import type { Delivery, MessageBus } from '../domain/ports/message-bus.js';
import { testRunDecider, testStream } from '../domain/test-run.js';
import { consumeLoop } from './consume.js';
import type { EventLog } from './event-log.js';
import type { Leases } from './leases.js';
import { MalformedMessageError } from './messages/errors.js';
import { decodeProgress, type Progress } from './messages/progress.js';
import { PROGRESS_QUEUE } from './messages/subjects.js';

const MAX_IN_FLIGHT = 64;

/** Takes the workers' signs of life: a start becomes an event, `alive` prolongs the lease. */
export class ProgressHandler {
  constructor(
    private readonly bus: MessageBus,
    private readonly log: EventLog,
    private readonly leases: Leases,
    private readonly logger: Logger,
  ) {}

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { bus, logger } = this;
    const handle = (delivery: Delivery): Promise<void> => this.handle(delivery);
    await consumeLoop({ bus, queue: PROGRESS_QUEUE, maxInFlight: MAX_IN_FLIGHT, logger, handle }, signal);
  }

  private async handle(delivery: Delivery): Promise<void> {
    try {
      await this.take(decodeProgress(delivery.body));
      delivery.ack();
    } catch (error) {
      if (!(error instanceof MalformedMessageError || error instanceof UnknownRunError)) throw error;
      this.logger.warn({ reason: error.message }, 'a progress message was dropped');
      delivery.term();
    }
  }

  private async take({ type, runId, attempt, worker }: Progress): Promise<void> {
    if (type === 'alive') {
      this.leases.prolong(runId, attempt, worker);
      return;
    }
    const context = { actor: `worker:${worker}` } as const;
    const started = await this.log.handle(
      testRunDecider,
      testStream(runId),
      { type: 'start', runId, attempt, worker },
      context,
    );
    if (started.events.length > 0) this.leases.grant(runId, attempt, worker);
  }
}
