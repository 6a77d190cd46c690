import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileSpool } from '../../src/adapters/files/spool.js';
import { MemoryBroker } from '../../src/adapters/memory/broker.js';
import type { MemoryBus } from '../../src/adapters/memory/bus.js';
import { ATTEMPT_HEADER, partOf } from '../../src/application/messages/headers.js';
import { PART_BYTES, WHOLE_BYTES } from '../../src/application/messages/parts.js';
import { SpoolSender } from '../../src/application/spool-sender.js';
import { BusUnavailableError, type Consumer, type Delivery } from '../../src/domain/ports/message-bus.js';
import type { Spool } from '../../src/domain/ports/spool.js';
import { next, text, utf8 } from '../support/messages.js';
import { collect } from '../support/events.js';
import { temporaryFolder } from '../support/folder.js';
import { silentLogger as logger } from '../support/loggers.js';
import { KeepingBus, RESULTS } from '../support/world.js';

/** A bus on which so many messages get through, until it is mended. */
class FlakyBus extends KeepingBus {
  left = Infinity;

  override publish(...given: Parameters<MemoryBus['publish']>): Promise<void> {
    if (this.left-- <= 0) return Promise.reject(new BusUnavailableError('the broker has gone'));
    return super.publish(...given);
  }
}

describe('the sender of spooled results', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let bus: FlakyBus;
  let spool: Spool;
  let results: Consumer;
  beforeEach(async () => {
    folder = temporaryFolder();
    bus = new FlakyBus(new MemoryBroker());
    spool = await FileSpool.open({ folder: folder.path, clock: { now: () => new Date() }, logger });
    results = await bus.consume(RESULTS, { maxInFlight: 100 });
  });
  afterEach(async () => {
    await bus.close();
    folder.remove();
  });

  const result = async (): Promise<Delivery> => {
    const delivery = await next(results);
    delivery.ack();
    return delivery;
  };
  const left = async (): Promise<string[]> => (await collect(spool.entries())).map(({ name }) => name);
  /** Sends what there is, once. */
  const sendNow = (): Promise<void> =>
    new SpoolSender(bus, spool, RESULTS, logger, { retryAfterMs: 1 }).run(AbortSignal.abort());

  it('sends what an earlier worker has left, oldest first, and forgets what the broker holds', async () => {
    await spool.put('1-1', utf8('one'), { [ATTEMPT_HEADER]: '1' });
    await spool.put('2-1', utf8('two'), { [ATTEMPT_HEADER]: '1' });
    await sendNow();
    expect([text(await result()), text(await result())]).toEqual(['one', 'two']);
    expect(await left()).toEqual([]);
  });

  it('keeps what the broker did not take, and sends it when it is back', async () => {
    const sender = new SpoolSender(bus, spool, RESULTS, logger, { retryAfterMs: 1 });
    bus.left = 0;
    await spool.put('1-1', utf8('one'), {});
    await sendNow();
    expect(await left()).toEqual(['1-1']);
    const stop = new AbortController();
    const ended = sender.run(stop.signal);
    bus.left = Infinity;
    expect(text(await result())).toBe('one');
    stop.abort();
    await ended;
    expect(await left()).toEqual([]);
  });

  it('sends at once what comes while it waits', async () => {
    const sender = new SpoolSender(bus, spool, RESULTS, logger);
    const stop = new AbortController();
    const ended = sender.run(stop.signal);
    for (const body of ['one', 'two']) {
      await spool.put('1-1', utf8(body), {});
      sender.wake();
      expect(text(await result())).toBe(body);
    }
    stop.abort();
    await ended;
  });

  it('sends a large result in parts, and all of them again where the broker went in between', async () => {
    const body = Buffer.alloc(WHOLE_BYTES + PART_BYTES, 7);
    await spool.put('1-1', body, { [ATTEMPT_HEADER]: '1' });
    bus.left = 2;
    await sendNow();
    expect(await left()).toEqual(['1-1']);
    bus.left = Infinity;
    await sendNow();
    const parts: number[] = [];
    for (let n = 0; n < 7; n++) parts.push(partOf((await result()).headers)!.index);
    expect(parts).toEqual([1, 2, 1, 2, 3, 4, 5]);
    expect(await left()).toEqual([]);
  });

  it('keeps what no bus carries, and sends the others all the same', async () => {
    await spool.put('1-0', Buffer.alloc(bus.capabilities.maxPayloadBytes + 1), {});
    await spool.put('2-1', utf8('two'), { [ATTEMPT_HEADER]: '1' });
    await sendNow();
    expect(text(await result())).toBe('two');
    expect(await left()).toEqual(['1-0']);
  });
});
