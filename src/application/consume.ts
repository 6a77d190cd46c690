import { DebciError } from '../domain/errors.js';
import type { Logger } from '../domain/ports/logger.js';
import type { Consumer, Delivery, DurableQueue, MessageBus } from '../domain/ports/message-bus.js';
import type { DeadLetters } from './dead-letters.js';
import { MalformedMessageError } from './messages/malformed.js';
import { closeLate, whenUp } from './when-up.js';

/** A message whose handling failed comes again after this pause, so that a lasting fault does not spin. */
const RETRY_AFTER_MS = 1_000;

export interface ConsumeLoop {
  readonly bus: MessageBus;
  readonly queue: DurableQueue;
  /** Messages handled at once. */
  readonly maxInFlight: number;
  readonly exclusive?: boolean;
  readonly deadLetters: DeadLetters;
  readonly logger: Logger;
  /** Ends the delivery (ack, nak or term), or throws. */
  readonly handle: (delivery: Delivery) => Promise<void>;
}

/** Closes the consumer when the signal aborts, or has. @returns what ends that */
export function closeOnAbort(consumer: Consumer, signal: AbortSignal): () => void {
  const close = (): void => void consumer.close();
  if (signal.aborted) close();
  signal.addEventListener('abort', close, { once: true });
  return () => {
    signal.removeEventListener('abort', close);
  };
}

/**
 * Handles a queue's messages, several at once, until the signal aborts; what was begun is finished first.
 *
 * A message whose handling throws comes again, for as long as that may help (full disk, lost broker: any error that has
 * a name). One that is malformed, or meets an error that nobody foresaw a second time, goes to the dead letters.
 */
export async function consumeLoop(loop: ConsumeLoop, signal: AbortSignal): Promise<void> {
  const { bus, queue, maxInFlight, exclusive = false, logger } = loop;
  const consume = (): Promise<Consumer> => bus.consume(queue, { maxInFlight, exclusive });
  const consumer = await whenUp(consume, logger, signal, closeLate);
  if (consumer === null) return;
  const release = closeOnAbort(consumer, signal);
  const running = new Set<Promise<void>>();
  try {
    for await (const delivery of consumer) {
      const one = loop.handle(delivery).catch((error: unknown) => failed(loop, delivery, error));
      running.add(one);
      void one.finally(() => running.delete(one));
    }
  } finally {
    await Promise.all(running);
    release();
  }
}

async function failed({ queue, deadLetters, logger }: ConsumeLoop, delivery: Delivery, error: unknown): Promise<void> {
  try {
    if (isHopeless(error, delivery)) {
      await deadLetters.bury(queue, delivery, error instanceof Error ? error.message : String(error));
      return;
    }
    logger.error({ err: error, queue: queue.name }, 'a message could not be handled; it will come again');
  } catch (cause) {
    logger.error({ err: cause, queue: queue.name }, 'a message could not be set aside; it will come again');
  }
  delivery.nak(RETRY_AFTER_MS);
}

function isHopeless(error: unknown, { redelivered }: Delivery): boolean {
  return error instanceof MalformedMessageError || (redelivered && !(error instanceof DebciError));
}
