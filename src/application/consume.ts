import type { Logger } from '../domain/ports/logger.js';
import type { Consumer, Delivery, DurableQueue, MessageBus } from '../domain/ports/message-bus.js';

/** A message whose handling failed comes again after this pause, so that a lasting fault does not spin. */
const RETRY_AFTER_MS = 1_000;

export interface ConsumeLoop {
  readonly bus: MessageBus;
  readonly queue: DurableQueue;
  /** Messages handled at once. */
  readonly maxInFlight: number;
  readonly exclusive?: boolean;
  readonly logger: Logger;
  /** Ends the delivery (ack, nak or term). If it throws, the message comes again. */
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

/** Handles a queue's messages, several at once, until the signal aborts; what was begun is finished first. */
export async function consumeLoop(loop: ConsumeLoop, signal: AbortSignal): Promise<void> {
  const { bus, queue, maxInFlight, exclusive = false, logger } = loop;
  const consumer = await bus.consume(queue, { maxInFlight, exclusive });
  const release = closeOnAbort(consumer, signal);
  const running = new Set<Promise<void>>();
  for await (const delivery of consumer) {
    const one = loop.handle(delivery).catch((error: unknown) => {
      logger.error({ err: error, queue: queue.name }, 'a message could not be handled; it will come again');
      delivery.nak(RETRY_AFTER_MS);
    });
    running.add(one);
    void one.finally(() => running.delete(one));
  }
  await Promise.all(running);
  release();
}
