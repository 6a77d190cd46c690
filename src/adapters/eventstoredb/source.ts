import { setImmediate } from 'node:timers/promises';

import type { AllStreamSubscription, EventStoreDBClient, Filter, ReadPosition } from '@eventstore/db-client';

import { StoreUnavailableError, type Position, type RecordedEvent } from '../../domain/ports/event-store.js';
import { CommitSignal } from '../shared/commit-signal.js';
import { isOurs, toRecorded } from './events.js';
import { formatPosition } from './positions.js';

/** Events that the client may hold for us, and so the most of a batch. */
const BUFFERED = 128;
const GATHER_MS = 100;

export interface SourceOptions {
  readonly client: EventStoreDBClient;
  readonly fromPosition: ReadPosition;
  readonly filter: Filter | undefined;
  readonly requiresLeader: boolean;
  /** How long the server may take to confirm the subscription, in milliseconds. */
  readonly deadlineMs: number;
}

export interface Taken {
  readonly events: RecordedEvent[];
  /** Nothing is left to take now. */
  readonly drained: boolean;
  /** Where `drained`: the server has looked at everything up to here. */
  readonly checkpoint: Position | null;
  /** Where `drained`: the server had no more to give when it was last heard. */
  readonly isLive: boolean;
}

/**
 * One subscription of the server's, until it breaks. Pulled: where nobody takes, gRPC's flow control stops the server.
 * The server's notices (caught up, checkpoint) come by themselves, ahead of events that are not taken yet; so what was
 * told holds only once all that had come before is taken.
 */
export class Source {
  readonly #stream: AllStreamSubscription;
  readonly #news = new CommitSignal();
  readonly #confirmation: NodeJS.Timeout;
  #hasNews = false;
  #isLive = false;
  #checkpoint: Position | null = null;
  #failure: unknown = null;

  constructor({ client, fromPosition, filter, requiresLeader, deadlineMs }: SourceOptions) {
    const checkpointReached = (_: unknown, position: { commit: bigint; prepare: bigint }): void => {
      this.#checkpoint = formatPosition(position);
      this.#ring();
    };
    this.#stream = client.subscribeToAll(
      { fromPosition, requiresLeader, ...(filter && { filter: { ...filter, checkpointReached } as Filter }) },
      { highWaterMark: BUFFERED },
    );
    this.#confirmation = setTimeout(() => {
      this.#fail(new StoreUnavailableError(`the event store confirms no subscription in ${deadlineMs} ms`));
    }, deadlineMs);
    this.#listen();
  }

  /** Resolves when something may have come since the last `take`, or the subscription broke, or one of the signals aborts. */
  news(signals: readonly AbortSignal[]): Promise<void> {
    return this.#hasNews ? Promise.resolve() : this.#news.next(signals);
  }

  /**
   * Events come a few at a time; while catching up, half a batch is waited for, but not for long: what handles
   * batches is quicker with few of them.
   */
  async gathered(): Promise<void> {
    const until = performance.now() + GATHER_MS;
    do await setImmediate();
    while (!this.#isLive && this.#stream.readableLength < BUFFERED / 2 && performance.now() < until);
  }

  /** What has come, at most a batch. @throws what broke the subscription; what had come is lost, and comes again. */
  take(): Taken {
    if (this.#failure !== null) throw this.#failure as Error;
    this.#hasNews = false;
    const [isLive, checkpoint] = [this.#isLive, this.#checkpoint];
    const events: RecordedEvent[] = [];
    for (let read = 0; read < BUFFERED; read++) {
      const resolved = this.#stream.read() as { event?: Parameters<typeof toRecorded>[0] } | null;
      if (resolved === null) return { events, drained: true, isLive, checkpoint };
      if (resolved.event !== undefined && isOurs(resolved.event)) events.push(toRecorded(resolved.event));
    }
    return { events, drained: false, isLive: false, checkpoint: null };
  }

  stop(): void {
    clearTimeout(this.#confirmation);
    // It rejects where the subscription never came about.
    this.#stream.unsubscribe().catch(() => undefined);
    // The client, when it closes, waits for what nobody reads to its end.
    this.#stream.removeAllListeners('readable').resume();
  }

  #listen(): void {
    this.#stream
      .on('readable', () => {
        this.#ring();
      })
      .on('confirmation', () => {
        clearTimeout(this.#confirmation);
      })
      .on('caughtUp', () => {
        this.#isLive = true;
        this.#ring();
      })
      .on('fellBehind', () => {
        this.#isLive = false;
      })
      .on('error', (error: unknown) => {
        this.#fail(error);
      })
      .on('end', () => {
        this.#fail(new StoreUnavailableError('the event store ended the subscription'));
      });
  }

  #fail(error: unknown): void {
    clearTimeout(this.#confirmation);
    this.#failure ??= error;
    this.#ring();
  }

  #ring(): void {
    this.#hasNews = true;
    this.#news.ring();
  }
}
