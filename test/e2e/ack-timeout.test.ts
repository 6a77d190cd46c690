import { once } from 'node:events';
import { join } from 'node:path';
import { connect } from 'amqplib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SqliteEventStore } from '../../src/adapters/sqlite/event-store.js';
import { describeWithRabbitmq } from '../support/broker.js';
import { build, debci } from '../support/debci.js';
import { collect } from '../support/events.js';
import { temporaryFolder } from '../support/folder.js';
import { RabbitNode } from '../support/rabbitmq.js';
import { Service } from '../support/service.js';

const TIMEOUT_MS = 2_000;
const TEST_SECONDS = 8;

/** RabbitMQ looks every minute who holds a message for too long; here more often, so that the test takes seconds. */
const LOOK_OFTEN = 'application:set_env(rabbit, channel_tick_interval, 250).';

describeWithRabbitmq('a broker that gives up on who holds a message for 2 s', () => {
  let broker: RabbitNode;
  const folder = temporaryFolder();
  const services: Service[] = [];
  const start = (command: string, ...args: string[]): Service => {
    const service = new Service([command, '--amqp', broker.url, '--data-dir', join(folder.path, command), ...args]);
    services.push(service);
    return service;
  };

  beforeAll(async () => {
    await build();
    broker = await RabbitNode.start([`consumer_timeout = ${TIMEOUT_MS}`]);
    await broker.ctl('eval', LOOK_OFTEN);
  }, 120_000);
  afterAll(async () => {
    await Promise.all(services.map((service) => service.kill()));
    await broker.dispose();
    folder.remove();
  });

  it('does so with a worker that acknowledges after the test, as Debian’s does', async () => {
    const model = await connect(broker.url);
    const channel = await model.createChannel();
    await channel.assertQueue('held', { durable: true });
    channel.sendToQueue('held', Buffer.from('job'));
    await channel.consume('held', () => undefined);
    const [error] = (await once(channel, 'error')) as [Error];
    expect(error.message).toContain('PRECONDITION_FAILED');
    await model.close();
  });

  it('takes no test from our worker, however much longer that runs', async () => {
    const collector = start('collector');
    const worker = start('worker', '--arch', 'amd64', '--backend', 'fake');
    await Promise.all([collector.said('collector ready'), worker.said('worker ready')]);
    const trigger = `fake:duration=${TEST_SECONDS}`;
    const args = ['--amqp', broker.url, '--data-dir', folder.path, '--arch', 'amd64', '--backend', 'fake'];
    await debci(['enqueue', ...args, '--trigger', trigger, 'hello']);
    await collector.said('result received');
    expect(await Promise.all([collector.stop(), worker.stop()])).toEqual([0, 0]);
    const store = SqliteEventStore.open(join(folder.path, 'collector/state/events.sqlite'), { readOnly: true });
    const types = (await collect(store.readStream('test-1'))).map(({ type }) => type);
    await store.close();
    expect(types).toEqual(['TestEnqueued', 'TestStarted', 'TestFinished']);
  });
});
