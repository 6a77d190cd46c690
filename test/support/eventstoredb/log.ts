import { EventEmitter } from 'node:events';

/** What a server keeps of an event. */
export interface StoredRecord {
  readonly id: string;
  readonly stream: string;
  readonly revision: number;
  readonly type: string;
  readonly contentType: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
  readonly created: Date;
  /** Commit and prepare alike. */
  readonly position: bigint;
}

export type Proposed = Pick<StoredRecord, 'id' | 'type' | 'contentType' | 'data' | 'metadata'>;

/** A revision, -1 for no stream. */
export type Expected = number | 'any' | 'exists';

export type Answer =
  { readonly revision: number; readonly position: bigint } | { readonly wrong: { readonly current: number } };

/** Each record takes so much besides its text, as in a server's transaction file. */
const RECORD_BYTES = 96n;

/**
 * The log of a server, in memory. Its rules are EventStoreDB's as its documentation and the client tell them:
 * positions are byte offsets, system events come first, and an append that repeats the events at the expected place
 * (with `any`, wherever the first of them stands in the stream) is answered like the first time.
 */
export class ServerLog {
  readonly records: StoredRecord[] = [];
  /** Emits `appended`. */
  readonly changes = new EventEmitter().setMaxListeners(0);
  readonly #streams = new Map<string, StoredRecord[]>();
  #end = 0n;

  constructor() {
    for (const stream of ['$user-admin', '$user-ops', '$settings']) this.#write(stream, [systemEvent()]);
  }

  stream(name: string): readonly StoredRecord[] {
    return this.#streams.get(name) ?? [];
  }

  append(stream: string, events: readonly Proposed[], expected: Expected): Answer {
    const own = this.stream(stream);
    const current = own.length - 1;
    const at = placeOfFirst(own, events, expected);
    if (at !== null && at < own.length) {
      const isRepeated = events.every((event, n) => own[at + n]?.id === event.id);
      const last = own[at + events.length - 1];
      return isRepeated && last !== undefined ? answer(last) : { wrong: { current } };
    }
    const isExpected = expected === 'any' || (expected === 'exists' ? current >= 0 : expected === current);
    return isExpected ? answer(this.#write(stream, events)) : { wrong: { current } };
  }

  /** Of the server's own making, at any time. */
  appendSystemEvent(): void {
    this.#write('$stats-127.0.0.1:2113', [systemEvent()]);
  }

  #write(stream: string, events: readonly Proposed[]): StoredRecord {
    const own = this.#streams.get(stream) ?? [];
    this.#streams.set(stream, own);
    for (const event of events) {
      const record = { ...event, stream, revision: own.length, created: new Date(), position: this.#end };
      this.#end += RECORD_BYTES + BigInt(event.data.length + event.metadata.length);
      own.push(record);
      this.records.push(record);
    }
    this.changes.emit('appended');
    return own.at(-1)!;
  }
}

/** Where the first of the events must stand if this is a repetition; null where there is nothing to repeat. */
function placeOfFirst(own: readonly StoredRecord[], events: readonly Proposed[], expected: Expected): number | null {
  if (typeof expected === 'number') return expected < own.length - 1 ? expected + 1 : null;
  const at = own.findLastIndex((record) => record.id === events[0]?.id);
  return at === -1 ? null : at;
}

function answer({ revision, position }: StoredRecord): Answer {
  return { revision, position };
}

function systemEvent(): Proposed {
  const data = new TextEncoder().encode('{"system":true}');
  return {
    id: crypto.randomUUID(),
    type: '$system',
    contentType: 'application/json',
    data,
    metadata: new Uint8Array(),
  };
}
