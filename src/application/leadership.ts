import { DebciError } from '../domain/errors.js';
import type { Logger } from '../domain/ports/logger.js';
import {
  BusAccessError,
  BusUnavailableError,
  type Consumer,
  type Delivery,
  type DurableQueue,
  type MessageBus,
} from '../domain/ports/message-bus.js';
import { pause } from './pause.js';
import type { Runnable } from './run-together.js';

const SUBJECT = 'debci.leader';
export const LEADER_QUEUE: DurableQueue = { name: 'debci_leader', subjects: [SUBJECT] };
const LOOK_EVERY_MS = 1_000;
/** RabbitMQ takes what is not acknowledged for half an hour for lost; the baton is changed well before. */
const RENEW_EVERY_MS = 10 * 60_000;
/** After the connection is back, the baton comes to whoever is first; so long it is waited for. */
const BATON_WITHIN_MS = 15_000;

/** Another collector leads now. The service manager starts this one again, to stand by. */
export class LeadershipLostError extends DebciError {
  readonly code = 'E_LEADERSHIP_LOST';
}

/**
 * Who may be the collector of a broker, where no file is shared: the exclusive consumer of a queue that holds a baton, a
 * message. The others wait their turn; when the leader's connection ends, the broker gives its baton to the next.
 * One that lost its connection, and finds another leading when it is back, ends. Until then it can take nothing from the
 * broker; and what two collectors write at once, the log's expected revisions refuse to one of them.
 */
export class Leadership implements Runnable {
  #baton: Delivery;
  /** Since when there is a connection again, but no baton; null: it is held. */
  #missingSince: number | null = null;

  private constructor(
    private readonly bus: MessageBus,
    private readonly consumer: Consumer,
    private readonly batons: AsyncIterator<Delivery>,
    baton: Delivery,
  ) {
    this.#baton = baton;
  }

  /** Waits until this process leads. @returns null where the signal aborts first */
  static async gain(bus: MessageBus, logger: Logger, signal: AbortSignal): Promise<Leadership | null> {
    if (!(await bringBaton(bus, signal))) return null;
    const consumer = await bus.consume(LEADER_QUEUE, { maxInFlight: 2, exclusive: true });
    const close = (): void => {
      void consumer.close();
    };
    signal.addEventListener('abort', close);
    if (signal.aborted) close();
    try {
      logger.info({}, 'waiting to lead: where another collector does, this one stands by');
      const batons = consumer[Symbol.asyncIterator]();
      const first = await batons.next();
      return first.done === true ? null : new Leadership(bus, consumer, batons, first.value);
    } finally {
      signal.removeEventListener('abort', close);
      if (signal.aborted) await consumer.close();
    }
  }

  /** Keeps the baton until the signal aborts, and gives it back. @throws LeadershipLostError */
  async run(signal: AbortSignal): Promise<void> {
    const unwatch = this.bus.onStatus((status) => {
      this.#missingSince = status.kind === 'connected' ? performance.now() : null;
    });
    const taking = this.#take();
    try {
      let renewed = performance.now();
      while (!signal.aborted) {
        await pause(LOOK_EVERY_MS, signal);
        if (this.#missingSince !== null && performance.now() - this.#missingSince > BATON_WITHIN_MS) {
          throw new LeadershipLostError('another collector took over while the connection was away');
        }
        if (performance.now() - renewed < RENEW_EVERY_MS) continue;
        renewed = performance.now();
        await this.#renew();
      }
    } finally {
      unwatch();
      await this.consumer.close();
      await taking;
      this.#baton.nak();
    }
  }

  /** The newest is held, and the one before it is done with. */
  async #take(): Promise<void> {
    for (let next = await this.batons.next(); next.done !== true; next = await this.batons.next()) {
      this.#baton.ack();
      this.#baton = next.value;
      this.#missingSince = null;
    }
  }

  async #renew(): Promise<void> {
    try {
      await this.bus.publish(SUBJECT, new Uint8Array());
    } catch (error) {
      if (!(error instanceof BusUnavailableError)) throw error;
    }
  }
}

/** Each brings one, so that there is one; the leader keeps the newest. @returns whether the broker has it */
async function bringBaton(bus: MessageBus, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    try {
      await bus.ensureQueue(LEADER_QUEUE);
      await bus.publish(SUBJECT, new Uint8Array(), { routed: true });
      return true;
    } catch (error) {
      if (!(error instanceof BusUnavailableError) || error instanceof BusAccessError) throw error;
    }
    await pause(LOOK_EVERY_MS, signal);
  }
  return false;
}
