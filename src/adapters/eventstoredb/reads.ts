import {
  StreamNotFoundError,
  type AllStreamResolvedEvent,
  type ResolvedEvent,
  type StreamingRead,
} from '@eventstore/db-client';

import { StoreUnavailableError, type RecordedEvent } from '../../domain/ports/event-store.js';
import { isOurs, toRecorded } from './events.js';
import { Patience } from './retry.js';

type Read = StreamingRead<ResolvedEvent> | StreamingRead<AllStreamResolvedEvent>;

export interface ReadLimits {
  /** How long the server may be silent, in milliseconds. */
  readonly deadlineMs: number;
  /** How long a read that does not get on is tried again, in milliseconds. */
  readonly patienceMs: number;
}

/**
 * What a read of the server's gives, begun anew where the connection breaks.
 * @param open Reads on after an event, itself included or not; null: from the beginning of what is wanted.
 * @param goesOn Whether the second event lies behind the first, in the direction of the read.
 */
export async function* resumed(
  open: (last: RecordedEvent | null) => Read,
  goesOn: (last: RecordedEvent, event: RecordedEvent) => boolean,
  { deadlineMs, patienceMs }: ReadLimits,
): AsyncGenerator<RecordedEvent> {
  const patience = new Patience(patienceMs);
  let last: RecordedEvent | null = null;
  for (;;) {
    const read = open(last);
    try {
      for await (const event of ours(read, deadlineMs)) {
        if (last !== null && !goesOn(last, event)) continue;
        last = event;
        patience.reset();
        yield event;
      }
      return;
    } catch (error) {
      if (error instanceof StreamNotFoundError) return;
      await patience.after(error);
    } finally {
      leave(read);
    }
  }
}

/** The server would wait for ever for one who left, and the client, when it closes, for what nobody reads to its end. */
function leave(read: Pick<Read, 'cancel' | 'resume'>): void {
  // It rejects where the call never came about.
  read.cancel().catch(() => undefined);
  read.resume();
}

async function* ours(read: Read, deadlineMs: number): AsyncGenerator<RecordedEvent> {
  const silence = new Silence(read, deadlineMs);
  try {
    for await (const { event } of silence.watched()) if (event !== undefined && isOurs(event)) yield toRecorded(event);
  } finally {
    silence.end();
  }
}

/** Ends a read whose server says nothing while someone waits for it. (One that nobody pulls may take its time.) */
class Silence {
  #waitsSince: number | null = null;
  readonly #timer: NodeJS.Timeout;

  constructor(
    private readonly read: Read,
    deadlineMs: number,
  ) {
    this.#timer = setInterval(() => {
      if (this.#waitsSince === null || performance.now() - this.#waitsSince < deadlineMs) return;
      this.read.destroy(new StoreUnavailableError(`the event store is silent for ${deadlineMs} ms`));
    }, deadlineMs / 4).unref();
  }

  async *watched(): AsyncGenerator<{ event?: Parameters<typeof toRecorded>[0] }> {
    this.#waitsSince = performance.now();
    const events = this.read.iterator({ destroyOnReturn: false }) as AsyncIterable<ResolvedEvent>;
    for await (const resolved of events) {
      this.#waitsSince = null;
      yield resolved;
      this.#waitsSince = performance.now();
    }
  }

  end(): void {
    clearInterval(this.#timer);
  }
}
