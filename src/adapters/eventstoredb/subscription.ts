import { setImmediate, setTimeout as delay } from 'node:timers/promises';

import type { EventBatch, EventFilter, Position } from '../../domain/ports/event-store.js';
import type { Logger } from '../../domain/ports/logger.js';
import { passesFilter, serversFilter } from './filters.js';
import { parsePosition } from './positions.js';
import { Patience } from './retry.js';
import { Source, type SourceOptions } from './source.js';

/** How often a subscription that is held back from everything looks where the log ends. */
const LOOK_EVERY_MS = 1000;

export interface Subscribed {
  readonly source: Pick<SourceOptions, 'client' | 'requiresLeader' | 'deadlineMs'>;
  readonly filter: EventFilter | undefined;
  /** Where to begin. */
  readonly start: () => Promise<Position | null>;
  readonly lastPosition: () => Promise<Position | null>;
  /** Each ends it. */
  readonly ends: readonly AbortSignal[];
  readonly logger: Logger | undefined;
}

/**
 * A subscription that outlives its connections: whatever breaks, it goes on after the last position that it handed out.
 *
 *     start ─> where does the log end? ─> Source after `position` ──broken──> wait ─┐
 *                      ^────────────────────────────────────────────────────────────┘
 *
 * Only positions up to a known end of the log are handed out: what lies behind it is the server's own.
 * A server tells a filtered subscription its checkpoints every few dozen events only. So while nothing comes, it looks at
 * the log's end, and where that has moved it subscribes anew: being caught up then proves the new end.
 */
export class Subscription implements AsyncIterator<EventBatch> {
  readonly #over = new AbortController();
  readonly #whenOver: Promise<void>;
  readonly #passes: ReturnType<typeof passesFilter>;
  readonly #patience = new Patience(Infinity);
  #source: Source | null = null;
  #begun = false;
  #position: Position | null = null;
  /** The log's end before the source began: where it has caught up, it has given everything up to here. */
  #end: Position | null = null;
  #caughtUp = false;

  constructor(private readonly options: Subscribed) {
    this.#passes = passesFilter(options.filter);
    const { signal } = this.#over;
    this.#whenOver = new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        this.#stop();
        resolve();
      });
    });
    for (const end of options.ends) {
      if (end.aborted) this.#over.abort();
      else end.addEventListener('abort', () => void this.return(), { signal });
    }
  }

  async next(): Promise<IteratorResult<EventBatch>> {
    while (!this.#isOver()) {
      try {
        const batch = await this.#batch();
        // What came while the subscription ended stays in the log.
        if (batch !== null && !this.#isOver()) return { done: false, value: batch };
      } catch (error) {
        this.#stop();
        await this.#mend(error);
      }
    }
    return { done: true, value: undefined };
  }

  return(): Promise<IteratorResult<EventBatch>> {
    this.#over.abort();
    return Promise.resolve({ done: true, value: undefined });
  }

  #isOver(): boolean {
    return this.#over.signal.aborted;
  }

  #stop(): void {
    this.#source?.stop();
    this.#source = null;
  }

  /** @throws what waiting does not mend */
  async #mend(error: unknown): Promise<void> {
    if (this.#isOver()) return;
    const { signal } = this.#over;
    this.options.logger?.warn({ err: error }, 'the subscription to the event store broke; it goes on where it was');
    await this.#patience.after(error, signal);
  }

  /** One step: connect, or hand out, or wait. Null: nothing to tell yet. */
  async #batch(): Promise<EventBatch | null> {
    const source = this.#source;
    if (source === null) {
      await Promise.race([this.#connect(), this.#whenOver]);
      return null;
    }
    const batch = await this.#take(source);
    if (batch === null) {
      await this.#wait(source);
      // One event rarely comes alone: what came with it is taken with it.
      await setImmediate();
    }
    return batch;
  }

  async #connect(): Promise<void> {
    if (!this.#begun) this.#position = await this.options.start();
    this.#begun = true;
    const fromPosition = this.#position === null ? 'start' : parsePosition(this.#position);
    this.#end = await this.options.lastPosition();
    if (this.#isOver()) return;
    this.#source = new Source({ ...this.options.source, fromPosition, filter: serversFilter(this.options.filter) });
  }

  async #take(source: Source): Promise<EventBatch | null> {
    const { events, checkpoint, isLive } = source.take();
    const after = this.#position;
    const news = events.filter((event) => (after === null || event.position > after) && this.#passes(event));
    let position = later(after, events.at(-1)?.position ?? null);
    if (isLive) position = later(position, this.#end);
    if (checkpoint !== null) position = later(position, await this.#atMostTheEnd(checkpoint));
    if (news.length === 0 && position === after && (!isLive || this.#caughtUp)) return null;
    this.#position = position;
    this.#caughtUp = isLive;
    this.#patience.reset();
    return { events: news, position, caughtUp: isLive };
  }

  async #atMostTheEnd(checkpoint: Position): Promise<Position | null> {
    if (this.#end !== null && checkpoint <= this.#end) return checkpoint;
    const end = await this.options.lastPosition();
    return end !== null && end < checkpoint ? end : checkpoint;
  }

  async #wait(source: Source): Promise<void> {
    const { signal } = this.#over;
    if (this.options.filter === undefined) {
      await source.news([signal]);
      return;
    }
    const enough = new AbortController();
    const look = delay(LOOK_EVERY_MS, true, { signal: enough.signal }).catch(() => false);
    const idle = await Promise.race([source.news([signal, enough.signal]).then(() => false), look]);
    enough.abort();
    if (idle && !this.#isOver() && this.#isBehind(await this.options.lastPosition())) this.#stop();
  }

  #isBehind(end: Position | null): boolean {
    return end !== null && (this.#position === null || this.#position < end);
  }
}

function later(one: Position | null, other: Position | null): Position | null {
  if (one === null || other === null) return one ?? other;
  return one > other ? one : other;
}
