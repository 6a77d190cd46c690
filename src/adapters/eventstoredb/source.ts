import type {
  AllStreamRecordedEvent as ServersEvent,
  AllStreamSubscription,
  EventStoreDBClient,
  Filter,
  ReadPosition,
} from '@eventstore/db-client';

import { StoreUnavailableError, type Position, type RecordedEvent } from '../../domain/ports/event-store.js';
import { CommitSignal } from '../shared/commit-signal.js';
import { isOurs, toRecorded } from './events.js';
import { formatPosition } from './positions.js';

/** Events that are held for who takes them, and so the most of a batch. */
const BUFFERED = 128;
/** While catching up, half a batch is waited for, so long at most: who handles batches is quicker with few of them. */
const GATHER_MS = 20;

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
  /** The server has looked at everything up to here; null: it says nothing, or more is to be taken first. */
  readonly checkpoint: Position | null;
  /** The server had no more to give when it was last heard, and nothing is left to take. */
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
  readonly #queue: ServersEvent[] = [];
  #gathering: NodeJS.Timeout | undefined;
  #hasNews = false;
  #isLive = false;
  #checkpoint: Position | null = null;
  #failure: unknown = null;

  constructor({ client, fromPosition, filter, requiresLeader, deadlineMs }: SourceOptions) {
    const checkpointReached = (_: unknown, position: { commit: bigint; prepare: bigint }): void => {
      this.#checkpoint = formatPosition(position);
      this.#ring();
    };
    this.#stream = client.subscribeToAll({
      fromPosition,
      requiresLeader,
      ...(filter && { filter: { ...filter, checkpointReached } as Filter }),
    });
    this.#confirmation = setTimeout(() => {
      this.#fail(new StoreUnavailableError(`the event store confirms no subscription in ${deadlineMs} ms`));
    }, deadlineMs);
    this.#listen();
  }

  /** Resolves when something may have come since the last `take`, or the subscription broke, or one of the signals aborts. */
  news(signals: readonly AbortSignal[]): Promise<void> {
    return this.#hasNews ? Promise.resolve() : this.#news.next(signals);
  }

  /** What has come, at most a batch. @throws what broke the subscription; what had come is lost, and comes again. */
  take(): Taken {
    if (this.#failure !== null) throw this.#failure as Error;
    this.#hasNews = false;
    const [isLive, checkpoint] = [this.#isLive, this.#checkpoint];
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    // What the stream holds passes through the listener, too.
    while (this.#queue.length < BUFFERED && this.#stream.read() !== null);
    const drained = this.#stream.readableLength === 0;
    const events = this.#queue.splice(0).filter(isOurs).map(toRecorded);
    if (this.#stream.isPaused()) this.#stream.resume();
    return drained ? { events, isLive, checkpoint } : { events, isLive: false, checkpoint: null };
  }

  stop(): void {
    clearTimeout(this.#confirmation);
    clearTimeout(this.#gathering);
    // It rejects where the subscription never came about.
    this.#stream.unsubscribe().catch(() => undefined);
    // The client, when it closes, waits for what nobody reads to its end.
    this.#stream.removeAllListeners('data').resume();
  }

  #listen(): void {
    this.#stream
      .on('data', ({ event }: { event?: ServersEvent }) => {
        if (event !== undefined) this.#arrived(event);
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

  #arrived(event: ServersEvent): void {
    if (this.#queue.push(event) >= BUFFERED) this.#stream.pause();
    if (this.#isLive || this.#queue.length >= BUFFERED / 2) this.#ring();
    else
      this.#gathering ??= setTimeout(() => {
        this.#ring();
      }, GATHER_MS);
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
