import { UnreadableEventError } from '../../domain/errors.js';
import type { RecordedEvent } from '../../domain/ports/event-store.js';
import { upcast } from '../../domain/upcast.js';

/** Something in a log that should not be. */
export interface Finding {
  readonly kind: 'gap' | 'duplicate-id' | 'order' | 'unreadable';
  readonly stream: string;
  readonly revision: number;
  readonly position: string;
  readonly what: string;
}

/** What a log holds. */
export interface Stats {
  readonly events: number;
  readonly streams: number;
  /** Of the first and the last event; null: the log is empty. */
  readonly first: string | null;
  readonly last: string | null;
  readonly lastPosition: string | null;
  /** `TestEnqueued v1`: how many. */
  readonly types: Readonly<Record<string, number>>;
}

/** More of them would tell nothing new. */
const MOST_FINDINGS = 100;

/**
 * Looks through a whole log, in one pass: that each stream counts on without a gap, positions only grow, no id is there
 * twice, and this debci can read every event. Keeps about 100 bytes a stream and 8 an event.
 */
export class Examination {
  readonly findings: Finding[] = [];
  readonly #revisions = new Map<string, number>();
  readonly #types = new Map<string, number>();
  readonly #ids = new IdPrints();
  #first: RecordedEvent | null = null;
  #last: RecordedEvent | null = null;
  #events = 0;

  add(event: RecordedEvent): void {
    const { stream, revision, position, type, schemaVersion } = event;
    const expected = (this.#revisions.get(stream) ?? -1) + 1;
    if (revision !== expected) this.#find('gap', event, `event ${expected} of the stream should stand here`);
    if (this.#last !== null && position <= this.#last.position) {
      this.#find('order', event, `it stands behind ${this.#last.position}`);
    }
    this.#read(event);
    this.#ids.add(event.id);
    this.#revisions.set(stream, revision);
    const key = `${type} v${schemaVersion}`;
    this.#types.set(key, (this.#types.get(key) ?? 0) + 1);
    this.#first ??= event;
    this.#last = event;
    this.#events++;
  }

  /** Ids that may be there twice: to be looked at in a second pass, with `check`. */
  suspects(): ReadonlySet<number> {
    return this.#ids.repeated();
  }

  /** @param seen the suspected ids that came before this one in the second pass. */
  check(event: RecordedEvent, suspects: ReadonlySet<number>, seen: Set<string>): void {
    if (!suspects.has(print(event.id))) return;
    if (seen.has(event.id)) this.#find('duplicate-id', event, `id ${event.id} is there twice`);
    seen.add(event.id);
  }

  stats(): Stats {
    return {
      events: this.#events,
      streams: this.#revisions.size,
      first: this.#first?.time ?? null,
      last: this.#last?.time ?? null,
      lastPosition: this.#last?.position ?? null,
      types: Object.fromEntries([...this.#types].sort(([a], [b]) => (a < b ? -1 : 1))),
    };
  }

  #read(event: RecordedEvent): void {
    try {
      upcast(event);
    } catch (error) {
      if (!(error instanceof UnreadableEventError)) throw error;
      this.#find('unreadable', event, error.message);
    }
  }

  #find(kind: Finding['kind'], { stream, revision, position }: RecordedEvent, what: string): void {
    if (this.findings.length < MOST_FINDINGS) this.findings.push({ kind, stream, revision, position, what });
  }
}

/** The last 52 bits of a UUID, which are random in every version that we write. */
function print(id: string): number {
  return Number.parseInt(id.replaceAll('-', '').slice(-13), 16);
}

/** A number an id, so that ten millions of them fit into memory. */
class IdPrints {
  #prints = new Float64Array(1024);
  #count = 0;

  add(id: string): void {
    if (this.#count === this.#prints.length) {
      const larger = new Float64Array(this.#count * 2);
      larger.set(this.#prints);
      this.#prints = larger;
    }
    this.#prints[this.#count++] = print(id);
  }

  repeated(): ReadonlySet<number> {
    const sorted = this.#prints.subarray(0, this.#count).sort();
    return new Set(sorted.filter((value, n) => n > 0 && value === sorted[n - 1]));
  }
}

/** @throws what the store throws; the signal's reason. */
export async function examine(
  readAll: () => AsyncIterable<RecordedEvent>,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: (events: number) => void },
): Promise<{ stats: Stats; findings: readonly Finding[] }> {
  const examination = new Examination();
  let count = 0;
  for await (const event of readAll()) {
    signal.throwIfAborted();
    examination.add(event);
    onProgress(++count);
  }
  const suspects = examination.suspects();
  if (suspects.size > 0) {
    const seen = new Set<string>();
    for await (const event of readAll()) examination.check(event, suspects, seen);
  }
  return { stats: examination.stats(), findings: examination.findings };
}
