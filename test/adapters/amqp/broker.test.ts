import { readFile } from 'node:fs/promises';
import { connect, type Options } from 'amqplib';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AmqpBus } from '../../../src/adapters/amqp/bus.js';
import {
  BusAccessError,
  BusUnavailableError,
  type BusStatus,
  type MessageBus,
} from '../../../src/domain/ports/message-bus.js';
import { next, text, utf8 } from '../../conformance/message-bus.js';
import { describeWithRabbitmq, freshVhost } from '../../support/broker.js';
import { silentLogger as logger } from '../../support/loggers.js';
import { RabbitNode } from '../../support/rabbitmq.js';

const QUICK = { minMs: 50, maxMs: 500 };
const TESTS = { name: 'debci-tests-amd64-fake', subjects: ['debci.tests.amd64.fake'], maxPriority: 10 };

/** Resolves when the bus has that status. */
function reaches(bus: MessageBus, kind: BusStatus['kind']): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (bus.status.kind !== kind) return;
      stop();
      resolve();
    };
    const stop = bus.onStatus(look);
    queueMicrotask(look);
  });
}

describeWithRabbitmq('the AMQP bus and a broker of the run', () => {
  let url: string;
  const buses: MessageBus[] = [];
  const open = async (): Promise<MessageBus> => {
    const bus = await AmqpBus.connect({ url, logger });
    buses.push(bus);
    return bus;
  };

  beforeEach(async () => {
    url = await freshVhost();
  }, 90_000);
  afterEach(async () => {
    await Promise.all(buses.splice(0).map((bus) => bus.close()));
  });

  it('receives what Debian’s programs publish over the default exchange, and declares their queue with their arguments', async () => {
    interface Published {
      readonly fields: { readonly routingKey: string };
      readonly properties: Options.Publish & { readonly deliveryMode: number };
      readonly payload: string;
    }
    const file = new URL('../../fixtures/debci-4.4/dispatch/messages.json', import.meta.url);
    const messages = JSON.parse(await readFile(file, 'utf8')) as Published[];
    const debian = await connect(url);
    const channel = await debian.createConfirmChannel();
    await channel.assertQueue(TESTS.name, { durable: true, arguments: { 'x-max-priority': 10 } });
    const ours = messages.filter(({ fields }) => fields.routingKey === TESTS.name);
    for (const { properties, payload } of ours) channel.sendToQueue(TESTS.name, Buffer.from(payload), properties);
    await channel.waitForConfirms();
    await debian.close();

    const consumer = await (await open()).consume(TESTS, { maxInFlight: 1 });
    const received: string[] = [];
    for (const _ of ours) {
      const delivery = await next(consumer);
      expect(delivery.headers).toEqual({});
      received.push(text(delivery.body));
      delivery.ack();
    }
    const byPriority = [...ours].sort((a, b) => (b.properties.priority ?? 0) - (a.properties.priority ?? 0));
    expect(received).toEqual(byPriority.map(({ payload }) => payload));
  });

  it('consumes again when its queue was deleted, and when the broker closed its channel', async () => {
    const bus = await open();
    const consumer = await bus.consume(TESTS, { maxInFlight: 1 });
    const admin = await connect(url);
    const channel = await admin.createChannel();
    await channel.deleteQueue(TESTS.name);
    await admin.close();
    // Until the queue is there again, the message has no route.
    await vi.waitFor(() => bus.publish('debci.tests.amd64.fake', utf8('x'), { routed: true }), 10_000);
    (await next(consumer)).ack();
  });

  it('is refused with a wrong password, which no error repeats, and does not try again', async () => {
    const wrong = new URL(url);
    wrong.password = 'sesame-open';
    const attempt = AmqpBus.connect({ url: wrong.href, logger, retryFirst: true });
    const error = await attempt.then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(BusAccessError);
    expect(JSON.stringify([String(error), String((error as Error).cause)])).not.toContain('sesame-open');
  });

  it('says which server refuses the connection', async () => {
    const attempt = AmqpBus.connect({ url: 'amqp://user:secret@127.0.0.1:1', logger });
    await expect(attempt).rejects.toThrow(BusUnavailableError);
    await expect(attempt).rejects.toThrow('cannot reach amqp://127.0.0.1:1: connection refused');
  });
});

describeWithRabbitmq('the AMQP bus and a broker that dies', () => {
  let node: RabbitNode;
  let bus: MessageBus;
  beforeEach(async () => {
    node = await RabbitNode.start();
    bus = await AmqpBus.connect({ url: node.url, logger, backoff: QUICK });
  }, 90_000);
  afterEach(async () => {
    await bus.close();
    await node.dispose();
  }, 60_000);

  it('goes on after kill -9 and a restart; what the broker had confirmed is there', { timeout: 120_000 }, async () => {
    const consumer = await bus.consume(TESTS, { maxInFlight: 10 });
    for (const one of ['a', 'b', 'c']) await bus.publish('debci.tests.amd64.fake', utf8(one), { routed: true });
    const first = await next(consumer);
    await node.kill();
    await reaches(bus, 'reconnecting');
    first.ack();
    await node.boot();
    await reaches(bus, 'connected');
    const again: string[] = [];
    for (let i = 0; i < 3; i++) {
      const delivery = await next(consumer);
      again.push(text(delivery.body));
      delivery.ack();
    }
    expect(again.sort()).toEqual(['a', 'b', 'c']);
    await bus.publish('debci.tests.amd64.fake', utf8('d'), { routed: true });
    expect(text((await next(consumer)).body)).toBe('d');
  });

  it('waits for a broker that is not there yet, where it is told to', { timeout: 120_000 }, async () => {
    await node.stop();
    const patient = AmqpBus.connect({ url: node.url, logger, backoff: QUICK, retryFirst: true });
    await node.boot();
    const late = await patient;
    expect(late.status.kind).toBe('connected');
    await late.close();
  });
});
