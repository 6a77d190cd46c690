import type { Logger } from '../domain/ports/logger.js';
import { BusUnavailableError, NoRouteError, type DurableQueue, type MessageBus } from '../domain/ports/message-bus.js';
import type { Spool } from '../domain/ports/spool.js';
import { RESULTS_SUBJECT } from './messages/subjects.js';
import { pause } from './pause.js';

const RETRY_AFTER_MS = 5_000;

/**
 * Sends what the spool holds, oldest first, and removes each result when the broker has it. Without a broker the
 * results wait on disk, across restarts of the worker.
 */
export class SpoolSender {
  private woken = new AbortController();

  constructor(
    private readonly bus: MessageBus,
    private readonly spool: Spool,
    private readonly queue: DurableQueue,
    private readonly logger: Logger,
  ) {}

  /** There is something new to send. */
  wake(): void {
    this.woken.abort();
  }

  /** Sends until the signal aborts, then once more what is there, if the bus takes it. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.woken = new AbortController();
      const sentAll = await this.sendAll();
      await pause(
        sentAll ? 60_000 : RETRY_AFTER_MS,
        AbortSignal.any([signal, ...(sentAll ? [this.woken.signal] : [])]),
      );
    }
    await this.sendAll();
  }

  /** @returns false if the bus did not take all */
  private async sendAll(): Promise<boolean> {
    try {
      await this.bus.ensureQueue(this.queue);
      for await (const { name, body, headers } of this.spool.entries()) {
        await this.bus.publish(RESULTS_SUBJECT, body, { headers, messageId: name, routed: true });
        await this.spool.remove(name);
      }
      return true;
    } catch (error) {
      if (!(error instanceof BusUnavailableError || error instanceof NoRouteError)) throw error;
      this.logger.warn({ reason: error.message }, 'results wait in the spool until the bus takes them');
      return false;
    }
  }
}
