import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeWithRabbitmq } from '../support/broker.js';
import { build, debci } from '../support/debci.js';
import { temporaryFolder } from '../support/folder.js';
import { RabbitNode } from '../support/rabbitmq.js';
import { Service } from '../support/service.js';

describeWithRabbitmq('a result while the broker is gone', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let broker: RabbitNode;
  const services: Service[] = [];
  const start = (command: string): Service => {
    const args = [command, '--amqp', broker.url, '--data-dir', join(folder.path, command)];
    const service = new Service(command === 'worker' ? [...args, '--backend', 'fake'] : args);
    services.push(service);
    return service;
  };

  beforeAll(build, 120_000);
  beforeEach(async () => {
    folder = temporaryFolder();
    broker = await RabbitNode.start();
  });
  afterEach(async () => {
    await Promise.all(services.splice(0).map((service) => service.kill()));
    await broker.dispose();
    folder.remove();
  });

  it('waits on the disk of its worker, also when that is stopped, and is sent by the next one', async () => {
    const collector = start('collector');
    const worker = start('worker');
    await Promise.all([collector.said('collector ready'), worker.said('worker ready')]);
    const enqueue = ['enqueue', '--amqp', broker.url, '--data-dir', folder.path, '--backend', 'fake'];
    await debci([...enqueue, '--trigger', 'fake:duration=2 fake:artifacts-bytes=6000000', 'hello']);
    await worker.said('test started');
    await broker.kill();
    await worker.said('results wait in the spool until the bus takes them');
    expect(await worker.stop()).toBe(0);
    expect(readdirSync(join(folder.path, 'worker/state/spool'))).toEqual(['1-1.entry']);

    await broker.boot();
    const next = start('worker');
    const result = await collector.said('result received');
    expect(result).toMatchObject({ runId: 1, status: 'pass' });
    expect(await next.stop()).toBe(0);
    expect(readdirSync(join(folder.path, 'worker/state/spool'))).toEqual([]);
  });
});
