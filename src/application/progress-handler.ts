import { UnknownRunError } from '../domain/errors.js';
import type { Clock } from '../domain/ports/clock.js';
import type { Logger } from '../domain/ports/logger.js';
import type { Delivery, MessageBus } from '../domain/ports/message-bus.js';
import { testRunDecider, testStream, type TestRunCommand } from '../domain/test-run.js';
import { consumeLoop } from './consume.js';
import type { DeadLetters } from './dead-letters.js';
import type { EventLog } from './event-log.js';
import type { Leases } from './leases.js';
import { decodeProgress, type ProgressMessage } from './messages/progress.js';
import { PROGRESS_QUEUE } from './messages/subjects.js';
import { Turns } from './turns.js';

const MAX_IN_FLIGHT = 64;

export interface ProgressHandlerParts {
  readonly bus: MessageBus;
  readonly log: EventLog;
  readonly leases: Leases;
  readonly deadLetters: DeadLetters;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Takes the workers' signs of life: a start and a release become events, `alive` prolongs the lease. */
export class ProgressHandler {
  /** What is said of one run is taken in order: it starts before it is given back. */
  private readonly turns = new Turns<number>();

  constructor(private readonly parts: ProgressHandlerParts) {}

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { bus, deadLetters, logger } = this.parts;
    const handle = (delivery: Delivery): Promise<void> => this.handle(delivery);
    const loop = { bus, queue: PROGRESS_QUEUE, maxInFlight: MAX_IN_FLIGHT, deadLetters, logger, handle };
    await consumeLoop(loop, signal);
  }

  private async handle(delivery: Delivery): Promise<void> {
    const message = decodeProgress(delivery.body);
    try {
      await this.turns.take(message.runId, () => this.take(message));
      delivery.ack();
    } catch (error) {
      if (!(error instanceof UnknownRunError)) throw error;
      this.parts.logger.warn({ reason: error.message }, 'a progress message was dropped');
      delivery.term();
    }
  }

  private async take(message: ProgressMessage): Promise<void> {
    const { log, leases } = this.parts;
    const { runId, attempt, worker } = message;
    if (message.type === 'alive') {
      leases.prolong(runId, attempt, worker);
      return;
    }
    const context = { actor: `worker:${worker}`, causationId: null, correlationId: null };
    const { events } = await log.handle(testRunDecider, testStream(runId), this.command(message), context);
    if (events.length === 0) return;
    if (message.type === 'started') leases.grant(runId, attempt, worker);
    else leases.end(runId);
  }

  private command(message: Exclude<ProgressMessage, { type: 'alive' }>): TestRunCommand {
    const { runId, attempt, worker } = message;
    if (message.type === 'started') return { type: 'start', runId, attempt, worker };
    const at = this.parts.clock.now().toISOString();
    return { type: 'abandon', runId, attempt, reason: message.reason, at };
  }
}
