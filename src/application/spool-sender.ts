import type { Logger } from '../domain/ports/logger.js';
import {
  BusUnavailableError,
  NoRouteError,
  PayloadTooLargeError,
  RequestTimeoutError,
  type DurableQueue,
  type MessageBus,
} from '../domain/ports/message-bus.js';
import type { Spool, SpoolEntry } from '../domain/ports/spool.js';
import { resultMessages, type ResultMessage } from './messages/parts.js';
import { RESULTS_SUBJECT } from './messages/subjects.js';
import { pause } from './pause.js';

/** What the bus did not take is sent again after this. */
const RETRY_AFTER_MS = 5_000;
const LOOK_AGAIN_AFTER_MS = 60_000;
/** How long the collector of this process may take for one result. */
const TAKEN_WITHIN_MS = 60_000;

/** What may pass by itself. */
const PASSING = [BusUnavailableError, NoRouteError, RequestTimeoutError];

/**
 * Sends what the spool holds, oldest first, large results in parts, and removes each result when the broker has all of
 * it on disk; where the bus keeps nothing (the embedded one), when the collector has taken it. Until then the results
 * wait on disk, across restarts of the worker.
 */
export class SpoolSender {
  private woken = new AbortController();

  constructor(
    private readonly bus: MessageBus,
    private readonly spool: Spool,
    private readonly queue: DurableQueue,
    private readonly logger: Logger,
    private readonly settings = { retryAfterMs: RETRY_AFTER_MS },
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
        sentAll ? LOOK_AGAIN_AFTER_MS : this.settings.retryAfterMs,
        AbortSignal.any([signal, ...(sentAll ? [this.woken.signal] : [])]),
      );
    }
    await this.sendAll();
  }

  /** @returns false if the bus did not take all */
  private async sendAll(): Promise<boolean> {
    try {
      await this.bus.ensureQueue(this.queue);
      for await (const entry of this.spool.entries()) await this.sendOne(entry);
      return true;
    } catch (error) {
      if (!PASSING.some((kind) => error instanceof kind)) throw error;
      this.logger.warn({ reason: (error as Error).message }, 'results wait in the spool until the bus takes them');
      return false;
    }
  }

  private async sendOne(entry: SpoolEntry): Promise<void> {
    try {
      for (const message of resultMessages(entry)) await this.send(message);
    } catch (error) {
      if (!(error instanceof PayloadTooLargeError)) throw error;
      // One of Debian's collector: it knows no parts. The others must not wait for it.
      this.logger.error({ result: entry.name, reason: error.message }, 'a result is too large, and stays in the spool');
      return;
    }
    await this.spool.remove(entry.name);
  }

  private async send({ body, headers, messageId }: ResultMessage): Promise<void> {
    const options = { headers, messageId };
    if (this.bus.capabilities.durable) await this.bus.publish(RESULTS_SUBJECT, body, { ...options, routed: true });
    else await this.bus.request(RESULTS_SUBJECT, body, { ...options, timeoutMs: TAKEN_WITHIN_MS });
  }
}
