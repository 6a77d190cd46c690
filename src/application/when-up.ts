import type { Logger } from '../domain/ports/logger.js';
import { BusAccessError, BusUnavailableError } from '../domain/ports/message-bus.js';
import { pause } from './pause.js';

const RETRY_AFTER_MS = 1_000;

/**
 * Does what needs the bus, as soon as that is there: a service outlives its broker, also while it starts.
 * @returns false where the signal aborted before it was done
 * @throws what waiting cannot mend
 */
export async function whenUp(work: () => Promise<void>, logger: Logger, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    try {
      await work();
      return true;
    } catch (error) {
      if (!(error instanceof BusUnavailableError) || error instanceof BusAccessError) throw error;
      logger.debug({ reason: error.message }, 'waiting for the bus');
      await pause(RETRY_AFTER_MS, signal);
    }
  }
  return false;
}
