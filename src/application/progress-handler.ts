import { UnknownRunError } from '../domain/errors.js';
import type { Clock } from '../domain/ports/clock.js';
import type { Logger } from '../domain/ports/logger.js';
import type { Delivery, MessageBus } from '../domain/ports/message-bus.js';
import { testRunDecider, testStream, type TestRunCommand } from '../domain/test-run.js';
import { consumeLoop } from './consume.js';
import type { EventLog } from './event-log.js';
import type { Leases } from './leases.js';
import { MalformedMessageError } from './messages/malformed.js';
import { decodeProgress, type ProgressMessage } from './messages/progress.js';
import { PROGRESS_QUEUE } from './messages/subjects.js';

const MAX_IN_FLIGHT = 64;

/** Takes the workers' signs of life: a start and a release become events, `alive` prolongs the lease. */
export class ProgressHandler {
  constructor(
    private readonly bus: MessageBus,
    private readonly log: EventLog,
    private readonly leases: Leases,
    private readonly clock: Clock,
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

  private async take(message: ProgressMessage): Promise<void> {
    const { runId, attempt, worker } = message;
    if (message.type === 'alive') {
      this.leases.prolong(runId, attempt, worker);
      return;
    }
    const context = { actor: `worker:${worker}`, causationId: null, correlationId: null };
    const { events } = await this.log.handle(testRunDecider, testStream(runId), this.command(message), context);
    if (events.length === 0) return;
    if (message.type === 'started') this.leases.grant(runId, attempt, worker);
    else this.leases.end(runId);
  }

  private command(message: Exclude<ProgressMessage, { type: 'alive' }>): TestRunCommand {
    const { runId, attempt, worker } = message;
    if (message.type === 'started') return { type: 'start', runId, attempt, worker };
    return { type: 'abandon', runId, attempt, reason: message.reason, at: this.clock.now().toISOString() };
  }
}
