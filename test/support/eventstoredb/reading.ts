import { once, setMaxListeners } from 'node:events';

import { status as Status, type ServerWritableStream } from '@grpc/grpc-js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { Fault } from './faults.js';
import type { ServerLog, StoredRecord } from './log.js';
import { BrokenRuleError, checkpointResponse, eventResponse, grpcError, required, streamNameOf } from './messages.js';

type Call = ServerWritableStream<streams.ReadReq, streams.ReadResp>;
type Options = streams.ReadReq.Options;
type FilterOptions = streams.ReadReq.Options.FilterOptions;

/** Records that a real server looks at before it tells a filtered subscription a checkpoint, where the client says nothing. */
const DEFAULT_WINDOW = 32;

export interface Reading {
  readonly log: ServerLog;
  /** Begins the fault; told how many events were sent. Resolves to whether the call is over by it. */
  readonly fault: Fault | undefined;
  readonly sent: () => void;
  readonly break: (call: Call, fault: Fault) => void;
}

/** Read: of a stream or of all, both ways, or as a subscription to all. */
export async function serveRead(call: Call, reading: Reading): Promise<void> {
  const options = required(call.request.getOptions(), 'options');
  if (!required(options.getUuidOption(), 'a UUID option').hasString()) {
    throw new BrokenRuleError('UUIDs are read as text here');
  }
  if (options.hasFilter() === options.hasNoFilter()) throw new BrokenRuleError('a filter or no filter');
  if (options.hasCount() === options.hasSubscription()) throw new BrokenRuleError('a count or a subscription');
  const out = new Out(call, reading);
  if (options.hasSubscription()) await subscribe(out, options, reading.log);
  else await read(out, options, reading.log);
}

/** The way out: waits where the client does not read, and breaks where it is told to. */
class Out {
  readonly #over = new AbortController();
  #events = 0;

  constructor(
    private readonly call: Call,
    private readonly reading: Reading,
  ) {
    setMaxListeners(0, this.#over.signal);
    for (const end of ['cancelled', 'close', 'error']) {
      call.on(end, () => {
        this.#over.abort();
      });
    }
    this.#breakWhereTold();
  }

  get isOver(): boolean {
    return this.#over.signal.aborted || this.call.cancelled;
  }

  /** Resolves when the call is over, or when the log has grown. */
  async more(log: ServerLog): Promise<void> {
    await this.#orOver(once(log.changes, 'appended', { signal: this.#over.signal }));
  }

  async send(message: streams.ReadResp): Promise<void> {
    if (this.isOver) return;
    if (!this.call.write(message)) await this.#orOver(once(this.call, 'drain', { signal: this.#over.signal }));
    if (message.hasEvent()) {
      this.#events++;
      this.reading.sent();
    }
    this.#breakWhereTold();
  }

  async #orOver(event: Promise<unknown>): Promise<void> {
    await event.catch(() => undefined);
  }

  end(): void {
    if (!this.isOver) this.call.end();
  }

  #breakWhereTold(): void {
    const { fault } = this.reading;
    if (fault === undefined || this.isOver || this.#events < (fault.afterEvents ?? 0)) return;
    this.#over.abort();
    this.reading.break(this.call, fault);
  }
}

async function read(out: Out, options: Options, log: ServerLog): Promise<void> {
  const count = Number(options.getCount());
  if (count < 1) throw new BrokenRuleError('count must be positive');
  const isForwards = options.getReadDirection() === streams.ReadReq.Options.ReadDirection.FORWARDS;
  const stream = options.getStream();
  if (stream !== undefined) {
    const name = streamNameOf(stream.getStreamIdentifier());
    const own = log.stream(name);
    if (own.length === 0) {
      const notFound = new streams.ReadResp.StreamNotFound().setStreamIdentifier(stream.getStreamIdentifier());
      await out.send(new streams.ReadResp().setStreamNotFound(notFound));
    }
    for (const record of streamRange(own, stream, isForwards).slice(0, count)) await out.send(eventResponse(record));
  } else {
    for (const record of allRange(log, required(options.getAll(), 'a stream or all'), isForwards, count)) {
      await out.send(eventResponse(record));
    }
  }
  out.end();
}

/** From a revision, itself included, both ways. */
function streamRange(
  own: readonly StoredRecord[],
  stream: streams.ReadReq.Options.StreamOptions,
  isForwards: boolean,
): StoredRecord[] {
  const revision = stream.hasRevision() ? Number(stream.getRevision()) : null;
  if (isForwards) return stream.hasEnd() ? [] : own.slice(revision ?? 0);
  // A server looks from the given number down: beyond the stream's end it finds nothing first.
  if (revision !== null && revision >= own.length) throw new BrokenRuleError('backwards from beyond the end');
  return stream.hasStart() ? [] : own.slice(0, (revision ?? own.length - 1) + 1).reverse();
}

/** Forwards from a position, itself included; backwards from what lies before it. */
function allRange(
  log: ServerLog,
  all: streams.ReadReq.Options.AllOptions,
  isForwards: boolean,
  count: number,
): StoredRecord[] {
  const index = all.hasPosition() ? indexOf(log, positionOf(all)) : null;
  if (isForwards) return all.hasEnd() ? [] : log.records.slice(index ?? 0).slice(0, count);
  if (all.hasStart()) return [];
  const end = index ?? log.records.length;
  return log.records.slice(Math.max(0, end - count), end).reverse();
}

function positionOf(all: streams.ReadReq.Options.AllOptions): bigint {
  const position = required(all.getPosition(), 'a position');
  const [commit, prepare] = [BigInt(position.getCommitPosition()), BigInt(position.getPreparePosition())];
  if (prepare > commit) throw new BrokenRuleError('the prepare position lies behind the commit position');
  return commit;
}

/** Of the first record at or after the position. */
function indexOf({ records }: ServerLog, position: bigint): number {
  let [low, high] = [0, records.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (records[middle]!.position < position) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** After a position, itself excluded. */
function firstIndex(log: ServerLog, all: streams.ReadReq.Options.AllOptions): number {
  if (!all.hasPosition()) return all.hasEnd() ? log.records.length : 0;
  const index = indexOf(log, positionOf(all));
  return log.records[index]?.position === positionOf(all) ? index + 1 : index;
}

async function subscribe(out: Out, options: Options, log: ServerLog): Promise<void> {
  const all = required(options.getAll(), 'all: streams are not subscribed to here');
  const filter = options.getFilter();
  const passes = filter === undefined ? () => true : filterOf(filter);
  const interval = filter === undefined ? Infinity : intervalOf(filter);
  const confirmation = new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(crypto.randomUUID());
  let index = firstIndex(log, all);
  let considered = 0;
  const catchUp = async (): Promise<void> => {
    for (let record = log.records[index]; record !== undefined && !out.isOver; record = log.records[index]) {
      index++;
      if (passes(record)) await out.send(eventResponse(record));
      if (++considered % interval === 0) await out.send(checkpointResponse(record.position));
    }
  };
  await out.send(new streams.ReadResp().setConfirmation(confirmation));
  await catchUp();
  await out.send(new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp()));
  while (!out.isOver) {
    if (index === log.records.length) await out.more(log);
    await catchUp();
  }
}

function intervalOf(filter: FilterOptions): number {
  const multiplier = filter.getCheckpointintervalmultiplier();
  if (multiplier < 1) throw new BrokenRuleError('the checkpoint interval must be positive');
  return multiplier * (filter.hasMax() ? filter.getMax() : DEFAULT_WINDOW);
}

function filterOf(filter: FilterOptions): (record: StoredRecord) => boolean {
  const expression = required(filter.getStreamIdentifier() ?? filter.getEventType(), 'streams or types');
  const key = filter.hasStreamIdentifier() ? 'stream' : 'type';
  const prefixes = expression.getPrefixList();
  const regex = expression.getRegex();
  if ((prefixes.length === 0) === (regex === '')) throw new BrokenRuleError('prefixes or a regular expression');
  if (regex !== '') return (record) => new RegExp(regex).test(record[key]);
  return (record) => prefixes.some((prefix) => record[key].startsWith(prefix));
}

export function statusOf(does: Fault['does']): ReturnType<typeof grpcError> {
  if (does === 'denied') return grpcError(Status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' });
  if (does === 'timeout') return grpcError(Status.DEADLINE_EXCEEDED, 'Deadline Exceeded');
  if (does === 'exhausted') return grpcError(Status.RESOURCE_EXHAUSTED, 'Received message exceeds the maximum size');
  return grpcError(Status.UNAVAILABLE, 'Server Is Not Ready');
}
