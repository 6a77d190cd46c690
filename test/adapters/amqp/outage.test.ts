import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { AmqpBus, type AmqpBusOptions } from '../../../src/adapters/amqp/bus.js';
import {
  BusAccessError,
  BusUnavailableError,
  NoRouteError,
  type BusStatus,
  type BusTrouble,
  type MessageBus,
} from '../../../src/domain/ports/message-bus.js';
import { describeWithRabbitmq } from '../../support/broker.js';
import { silentLogger } from '../../support/loggers.js';
import { next, takeTexts, text, uniqueQueue, uniqueToken, utf8 } from '../../support/messages.js';
import { RabbitNode } from '../../support/rabbitmq.js';

const SLOW = 90_000;
const LARGEST = 100_000;

describeWithRabbitmq('the AMQP bus, when its broker', () => {
  let node: RabbitNode;
  let opened: AmqpBus[] = [];
  let said: unknown[] = [];
  beforeAll(async () => {
    node = await RabbitNode.start([`max_message_size = ${LARGEST}`]);
  });
  afterEach(async () => {
    await Promise.all(opened.map((bus) => bus.close()));
    opened = [];
    said = [];
  });
  afterAll(() => node.dispose());

  async function open(more: Partial<AmqpBusOptions> = {}): Promise<AmqpBus> {
    const backoff = { minMs: 50, maxMs: 500 };
    const log = (fields: { readonly trouble?: unknown }): void => void said.push(fields.trouble);
    const logger = { ...silentLogger, warn: log, error: log };
    const bus = await AmqpBus.connect({ url: node.url, logger, backoff, patienceMs: 500, ...more });
    opened.push(bus);
    return bus;
  }

  /** Expects that the log and the counts of the bus name the trouble. */
  function expectToldOf(bus: MessageBus, trouble: BusTrouble): void {
    expect(said).toContain(trouble);
    expect(bus.troubles[trouble]).toBeGreaterThan(0);
  }

  /** Resolves when the bus is as wanted, at once if it is already. */
  function becomes(bus: MessageBus, kind: BusStatus['kind']): Promise<void> {
    return new Promise((resolve) => {
      if (bus.status.kind === kind) resolve();
      const stop = bus.onStatus((status) => {
        if (status.kind !== kind) return;
        stop();
        resolve();
      });
    });
  }

  it(
    'restarts, goes on by itself and loses nothing that was acknowledged to its publisher',
    async () => {
      const queue = uniqueQueue({ maxPriority: 10 });
      const sender = await open({ patienceMs: 60_000 });
      const receiver = await open();
      const consumer = await receiver.consume(queue, { maxInFlight: 50 });
      const received = new Set<string>();
      const confirmed = new Set<string>();
      let rejected = 0;
      const stop = new AbortController();
      const consuming = (async () => {
        for await (const delivery of consumer) {
          received.add(text(delivery));
          delivery.ack();
        }
      })();
      const publishing = (async () => {
        for (let index = 0; !stop.signal.aborted; index += 10) {
          const bodies = Array.from({ length: 10 }, (_, offset) => `${index + offset}`);
          await Promise.all(
            bodies.map(async (body) => {
              try {
                await sender.publish(queue.subject, utf8(body), { routed: true });
                confirmed.add(body);
              } catch (error) {
                expect(error).toBeInstanceOf(BusUnavailableError);
                rejected++;
              }
            }),
          );
        }
      })();
      await expect.poll(() => received.size).toBeGreaterThan(100);
      const seen: string[] = [];
      sender.onStatus((status) => seen.push(status.kind));
      await node.restart();
      const before = confirmed.size;
      await Promise.all([becomes(sender, 'connected'), becomes(receiver, 'connected')]);
      await expect.poll(() => confirmed.size, { timeout: 30_000 }).toBeGreaterThan(before + 100);
      stop.abort();
      await publishing;
      await expect.poll(() => [...confirmed].filter((body) => !received.has(body)), { timeout: 30_000 }).toEqual([]);
      expect(seen[0]).toBe('reconnecting');
      expect(seen.at(-1)).toBe('connected');
      // Ten are under way at a time; those that met the end of the connection are all that were refused.
      expect(rejected).toBeLessThanOrEqual(20);
      await consumer.close();
      await consuming;
    },
    SLOW,
  );

  it(
    'is cut off, rejects what was under way, refuses after its patience, and takes all up again',
    async () => {
      const queue = uniqueQueue();
      const subject = uniqueToken();
      const bus = await open();
      const consumer = await bus.consume(queue, { maxInFlight: 10 });
      const subscription = await bus.subscribe(subject, { group: 'g' });
      const alone = await bus.subscribe(`${subject}.>`);
      await bus.publish(queue.subject, utf8('1'));
      const held = await next(consumer);
      const asking = bus.request(queue.subject, utf8('2'), { timeoutMs: 60_000 });
      const lost = expect(asking).rejects.toThrow(BusUnavailableError);
      await next(consumer);
      await node.kill();
      await lost;
      await becomes(bus, 'reconnecting');
      expectToldOf(bus, 'connection-lost');
      const began = performance.now();
      await expect(bus.publish(queue.subject, utf8('3'))).rejects.toThrow(/no connection to amqp:.*: connection re/);
      expect(performance.now() - began).toBeGreaterThanOrEqual(499);
      await expect(bus.request(queue.subject, utf8('4'), { timeoutMs: 300 })).rejects.toThrow(BusUnavailableError);
      expectToldOf(bus, 'unreachable');
      await node.boot();
      await becomes(bus, 'connected');
      // What was held is void: it came back to the queue.
      held.ack();
      const again = await next(consumer);
      expect([text(again), again.redelivered]).toEqual(['1', true]);
      again.ack();
      await expect
        .poll(() => bus.publish(subject, utf8('5'), { routed: true }).then(() => 'routed', String), {
          timeout: 10_000,
        })
        .toBe('routed');
      expect(text(await next(subscription))).toBe('5');
      await expect
        .poll(() => bus.publish(`${subject}.x`, utf8('6'), { routed: true }).then(() => 'routed', String), {
          timeout: 10_000,
        })
        .toBe('routed');
      expect(text(await next(alone))).toBe('6');
      const upcoming = next(subscription);
      const replying = upcoming.then((message) => message.respond(utf8('8')));
      expect(text(await bus.request(subject, utf8('7'), { timeoutMs: 5000 }))).toBe('8');
      await replying;
    },
    SLOW,
  );

  it(
    'is not there yet, waits for it where it is told to',
    async () => {
      await node.stop();
      const patient = open({ retryFirst: true });
      await node.boot();
      expect((await patient).status.kind).toBe('connected');
      expectToldOf(await patient, 'unreachable');
    },
    SLOW,
  );

  it(
    'has lost everything, gets its queues back',
    async () => {
      const vhost = uniqueToken();
      const url = await node.addVhost(vhost);
      const bus = await open({ url });
      const queue = uniqueQueue({ maxPriority: 10 });
      await bus.ensureQueue(queue);
      await node.ctl('delete_vhost', vhost);
      await becomes(bus, 'reconnecting');
      await node.addVhost(vhost);
      await becomes(bus, 'connected');
      await bus.publish(queue.subject, utf8('1'), { routed: true });
      expect(await takeTexts(await bus.consume(queue, { maxInFlight: 1 }), 1)).toEqual(['1']);
    },
    SLOW,
  );

  it(
    'is low on memory, is blocked, still acknowledges, and goes on after it',
    async () => {
      const queue = uniqueQueue();
      const bus = await open();
      const consumer = await bus.consume(queue, { maxInFlight: 1 });
      for (const body of ['1', '2', '3']) await bus.publish(queue.subject, utf8(body));
      await node.ctl('set_vm_memory_high_watermark', '0.0000001');
      await expect
        .poll(() => bus.publish(queue.subject, utf8('x')).then(() => 'taken', String), { timeout: 20_000 })
        .toMatch(/low on memory/);
      expect(bus.status).toEqual({ kind: 'blocked', reason: 'low on memory' });
      expectToldOf(bus, 'blocked');
      expect(await takeTexts(consumer, 3)).toEqual(['1', '2', '3']);
      await node.ctl('set_vm_memory_high_watermark', '0.4');
      await becomes(bus, 'connected');
      await bus.publish(queue.subject, utf8('4'));
    },
    SLOW,
  );

  it(
    'no longer lets it in, gives up, and tells everybody',
    async () => {
      await node.ctl('add_user', 'worker', 'first');
      await node.ctl('set_permissions', 'worker', '.*', '.*', '.*');
      const bus = await open({ url: node.url.replace('guest:guest', 'worker:first') });
      const consumer = await bus.consume(uniqueQueue(), { maxInFlight: 1 });
      const upcoming = expect(next(consumer)).rejects.toThrow(BusAccessError);
      await node.ctl('change_password', 'worker', 'second');
      await node.ctl('close_all_connections', 'changed');
      await becomes(bus, 'failed');
      expectToldOf(bus, 'access-refused');
      await upcoming;
      await expect(bus.publish(uniqueToken(), utf8('x'))).rejects.toThrow(BusAccessError);
    },
    SLOW,
  );

  it(
    'hangs, is left after two heartbeats, and found again',
    async () => {
      const queue = uniqueQueue();
      const bus = await open({ heartbeatSeconds: 1 });
      const consumer = await bus.consume(queue, { maxInFlight: 1 });
      await node.freeze();
      try {
        await becomes(bus, 'reconnecting');
        expectToldOf(bus, 'heartbeat-lost');
        await expect(bus.publish(queue.subject, utf8('1'))).rejects.toThrow(BusUnavailableError);
      } finally {
        await node.thaw();
      }
      await becomes(bus, 'connected');
      await bus.publish(queue.subject, utf8('2'), { routed: true });
      expect(await takeTexts(consumer, 1)).toEqual(['2']);
    },
    SLOW,
  );

  it(
    'closes a channel, says why to who publishes, and goes on',
    async () => {
      const queue = uniqueQueue();
      const bus = await open();
      await bus.ensureQueue(queue);
      await expect(bus.publish(queue.subject, new Uint8Array(LARGEST + 1))).rejects.toThrow(/larger than.*max size/);
      expectToldOf(bus, 'channel-closed');
      expect(bus.status.kind).toBe('connected');
      await bus.publish(queue.subject, new Uint8Array(LARGEST), { routed: true });
    },
    SLOW,
  );

  it('has nobody for a message, says so', async () => {
    const bus = await open();
    await expect(bus.publish(uniqueToken(), utf8('x'), { routed: true })).rejects.toThrow(NoRouteError);
    expectToldOf(bus, 'unroutable');
  });

  it('does not let it make queues, says so', async () => {
    await node.ctl('add_user', 'reader', 'x');
    await node.ctl('set_permissions', 'reader', '^debci$', '.*', '.*');
    const bus = await open({ url: node.url.replace('guest:guest', 'reader:x') });
    const queue = uniqueQueue();
    await expect(bus.ensureQueue(queue)).rejects.toThrow(BusAccessError);
    await expect(bus.consume(queue, { maxInFlight: 1 })).rejects.toThrow(`may not make the queue ${queue.name}`);
    await expect(bus.subscribe(queue.subject)).rejects.toThrow(BusAccessError);
    expect(bus.status.kind).toBe('connected');
  });
});
