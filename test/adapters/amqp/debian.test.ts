import { readFileSync } from 'node:fs';
import { connect, type ChannelModel, type Options } from 'amqplib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AmqpBus } from '../../../src/adapters/amqp/bus.js';
import { resultsQueue, testsQueue, testsSubject } from '../../../src/application/messages/subjects.js';
import { describeWithRabbitmq, freshVhost } from '../../support/broker.js';
import { silentLogger } from '../../support/loggers.js';
import { next, text, uniqueQueue, utf8 } from '../../support/messages.js';

interface Recorded {
  readonly fields: { readonly routingKey: string };
  readonly properties: Options.Publish;
  readonly payload: string;
}

const WAIT = { timeout: 10_000 };

const recorded = JSON.parse(
  readFileSync(new URL('../../fixtures/debci-4.4/dispatch/messages.json', import.meta.url), 'utf8'),
) as Recorded[];

describeWithRabbitmq("the AMQP bus beside Debian's programs", () => {
  let bus: AmqpBus;
  let debian: ChannelModel;
  beforeAll(async () => {
    const url = await freshVhost();
    bus = await AmqpBus.connect({ url, logger: silentLogger });
    debian = await connect(url);
  });
  afterAll(async () => {
    await bus.close();
    await debian.close();
  });

  it('receives what they publish on the default exchange', async () => {
    const consumer = await bus.consume(testsQueue('amd64', 'fake'), { maxInFlight: 1 });
    await bus.ensureQueue(testsQueue('arm64', 'fake'));
    const channel = await debian.createConfirmChannel();
    for (const { fields, properties, payload } of recorded) {
      channel.publish('', fields.routingKey, Buffer.from(payload), properties);
    }
    await channel.waitForConfirms();
    const ours = recorded.filter(({ fields }) => fields.routingKey === 'debci-tests-amd64-fake');
    expect(ours.length).toBeGreaterThan(0);
    for (const sent of ours) {
      const delivery = await next(consumer);
      delivery.ack();
      expect(delivery).toMatchObject({
        subject: 'debci-tests-amd64-fake',
        headers: {},
        messageId: null,
        priority: sent.properties.priority,
        redelivered: false,
      });
      expect(text(delivery)).toBe(sent.payload);
    }
  });

  it('makes queues with the very arguments of theirs, whoever comes first', async () => {
    const channel = await debian.createChannel();
    const theirs = { durable: true, arguments: { 'x-max-priority': 10 } };
    await channel.assertQueue('debci-tests-s390x-lxc', theirs);
    await bus.ensureQueue(testsQueue('s390x', 'incus-lxc'));
    await bus.ensureQueue(testsQueue('riscv64', 'qemu'));
    await channel.assertQueue('debci-tests-riscv64-qemu', theirs);
    await bus.ensureQueue(resultsQueue('debci_results'));
    await channel.assertQueue('debci_results', { durable: true });
  });

  it('sends them what they understand', async () => {
    await bus.ensureQueue(testsQueue('ppc64el', 'lxc'));
    await bus.publish(testsSubject('ppc64el', 'lxc'), utf8('hello unstable run-id:1 backend:lxc'), {
      priority: 5,
      headers: { attempt: '1' },
      routed: true,
    });
    const channel = await debian.createChannel();
    const message = await channel.get('debci-tests-ppc64el-lxc', { noAck: true });
    expect(message && message.content.toString()).toBe('hello unstable run-id:1 backend:lxc');
    expect(message && message.properties).toMatchObject({
      contentType: 'application/octet-stream',
      deliveryMode: 2,
      priority: 5,
      headers: { attempt: '1' },
    });
  });

  it('takes odd properties of others as they are, and never replies to a queue that a message names', async () => {
    const consumer = await bus.consume(resultsQueue('debci_results'), { maxInFlight: 10 });
    const channel = await debian.createConfirmChannel();
    await channel.assertQueue('victim', { durable: true });
    const headers = { number: 1, yes: true, table: { a: 1 }, list: [1], bytes: Buffer.from('x'), nothing: null };
    const properties = { headers, replyTo: 'victim', correlationId: 'x', expiration: '60000' };
    channel.publish('', 'debci_results', Buffer.from('x'), properties);
    await channel.waitForConfirms();
    const delivery = await next(consumer);
    expect(delivery.headers).toEqual({ number: '1', yes: 'true' });
    await delivery.respond(utf8('harm'));
    expect(await channel.get('victim')).toBe(false);
    delivery.ack();
  });

  it('takes up a queue again that somebody deleted under it', async () => {
    const queue = uniqueQueue();
    const consumer = await bus.consume(queue, { maxInFlight: 10 });
    const channel = await debian.createChannel();
    await channel.deleteQueue(queue.name);
    await expect
      .poll(() => bus.publish(queue.subject, utf8('again'), { routed: true }).then(() => 'routed', String), WAIT)
      .toBe('routed');
    expect(text(await next(consumer))).toBe('again');
    expect(bus.troubles['queue-deleted']).toBe(1);
  });
});
