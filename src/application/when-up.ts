import type { Logger } from '../domain/ports/logger.js';
import { BusAccessError, BusUnavailableError } from '../domain/ports/message-bus.js';
import { pause } from './pause.js';
import { unlessAborted } from './unless-aborted.js';

const RETRY_AFTER_MS = 1_000;

/**
 * Does what needs the bus, as soon as that is there: a service outlives its broker, also while it starts.
 * @param late takes what was still under way when the signal aborted
 * @returns what the work gives; null where the signal aborted before
 * @throws what waiting cannot mend
 */
export async function whenUp<Result>(
  work: () => Promise<Result>,
  logger: Logger,
  signal: AbortSignal,
  late: (result: Result) => void = () => undefined,
): Promise<Result | null> {
  while (!signal.aborted) {
    try {
      return await unlessAborted(work(), signal, late);
    } catch (error) {
      if (!(error instanceof BusUnavailableError) || error instanceof BusAccessError) throw error;
      logger.debug({ reason: error.message }, 'waiting for the bus');
      await pause(RETRY_AFTER_MS, signal);
    }
  }
  return null;
}

/** Of a consumer or subscription that stands when nobody wants it any more. */
export function closeLate(receiver: { close(): Promise<void> }): void {
  void receiver.close();
}
