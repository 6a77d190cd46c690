import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type Channel } from 'amqplib';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeWithRabbitmq } from '../support/broker.js';
import { build, debci } from '../support/debci.js';
import { temporaryFolder } from '../support/folder.js';
import { RabbitNode } from '../support/rabbitmq.js';
import { Service } from '../support/service.js';

const TESTS = 'debci-tests-amd64-fake';
const PASSWORD = 'hush-hush';

/** The commands of docs/deploying.md that give rights, each as its arguments, for the backend `fake`. */
async function documentedGrants(): Promise<string[][]> {
  const text = await readFile(new URL('../../docs/deploying.md', import.meta.url), 'utf8');
  const lines = text.match(/^rabbitmqctl set_.*$/gm) ?? [];
  return lines.map((line) =>
    line
      .replaceAll('lxc', 'fake')
      .split(' ')
      .slice(1)
      .map((word) => word.replace(/^'(.*)'$/, '$1')),
  );
}

const USERS = ['collector', 'worker', 'submitter'];

type Attempt = (channel: Channel) => unknown;

const nothing = (): void => undefined;
const send =
  (exchange: string, key: string): Attempt =>
  (channel) =>
    channel.publish(exchange, key, Buffer.from('x'));
const read =
  (queue: string): Attempt =>
  (channel) =>
    channel.consume(queue, nothing);
const listen =
  (pattern: string): Attempt =>
  async (channel) => {
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(queue, 'debci', pattern);
  };

const FORBIDDEN: readonly [user: string, what: string, attempt: Attempt][] = [
  ['worker', 'send requests', send('debci', 'debci.requests')],
  ['worker', 'send jobs', send('debci', 'debci.tests.amd64.fake')],
  ['worker', 'send to a queue past the exchange', send('', 'debci_requests')],
  ['worker', 'read requests', read('debci_requests')],
  ['worker', 'read results', read('debci_results')],
  ['worker', 'read dead letters', read('debci_dead_letters')],
  ['worker', 'listen to the results of others', listen('debci.results')],
  ['worker', 'listen to everything', listen('#')],
  ['worker', 'take jobs of another backend', listen('debci.tests.amd64.qemu')],
  ['worker', 'delete the queue of results', (channel) => channel.deleteQueue('debci_results')],
  ['worker', 'delete the exchange', (channel) => channel.deleteExchange('debci')],
  ['submitter', 'send results', send('debci', 'debci.results')],
  ['submitter', 'send progress', send('debci', 'debci.progress')],
  ['submitter', 'send jobs past the collector', send('debci', 'debci.tests.amd64.fake')],
  ['submitter', 'send to a queue past the exchange', send('', 'debci_results')],
  ['submitter', 'read jobs', read(TESTS)],
  ['submitter', 'read requests', read('debci_requests')],
  ['submitter', 'empty a queue', (channel) => channel.purgeQueue(TESTS)],
  ['submitter', 'make a queue', (channel) => channel.assertQueue('mine')],
  ['submitter', 'listen to anything', listen('debci.results')],
  ['collector', 'make queues that are not ours', (channel) => channel.assertQueue('mine')],
  ['collector', 'read queues of others', read('others')],
];

describeWithRabbitmq('with the rights that docs/deploying.md gives', () => {
  let broker: RabbitNode;
  const folder = temporaryFolder();
  const services: Service[] = [];
  const url = (user: string): string => broker.url.replace('guest:guest', `${user}:${PASSWORD}`);
  const flags = (user: string): string[] => ['--amqp', url(user), '--data-dir', join(folder.path, user)];
  const start = (command: string, ...args: string[]): Service => {
    const service = new Service([command, ...flags(command), ...args]);
    services.push(service);
    return service;
  };

  beforeAll(async () => {
    await build();
    broker = await RabbitNode.start();
    const grants = (await documentedGrants()).filter(([, user]) => USERS.includes(user!));
    await broker.inOneCall([...USERS.map((user) => ['add_user', user, PASSWORD]), ...grants]);
    const collector = start('collector');
    await collector.said('collector ready');
    expect(await collector.stop()).toBe(0);
    services.splice(0);
    const admin = await connect(broker.url);
    await (await admin.createChannel()).assertQueue('others');
    await admin.close();
  }, 120_000);
  afterAll(async () => {
    await broker.dispose();
    folder.remove();
  });

  afterEach(async () => {
    await Promise.all(services.splice(0).map((service) => service.kill()));
  });

  it('collector, worker and submitter do their work, and none of them tells a password', async () => {
    const collector = start('collector');
    await collector.said('collector ready');
    const worker = start('worker', '--backend', 'fake', '--arch', 'amd64');
    await worker.said('worker ready');
    const jobs = ['--backend', 'fake', '--arch', 'amd64'];
    const enqueued = await debci(['enqueue', ...flags('submitter'), ...jobs, 'hello']);
    expect(enqueued).toMatchObject({ code: 0 });
    await collector.said('result received');
    await debci(['enqueue', ...flags('submitter'), ...jobs, '--trigger', 'fake:duration=600', 'dpkg']);
    await worker.line(({ msg, package: name }) => msg === 'test started' && name === 'dpkg');
    expect(await debci(['cancel', ...flags('submitter'), '2'])).toMatchObject({ code: 0, stdout: '2 cancelled\n' });
    await worker.line(({ msg, ended }) => msg === 'test ended' && ended === 'stopped');
    expect(await debci(['dead-letters', ...flags('collector')])).toMatchObject({ code: 0 });
    const refused = await debci(['enqueue', ...flags('worker'), ...jobs, 'apt']);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('may not publish') as string });
    expect(await Promise.all(services.map((service) => service.stop()))).toEqual([0, 0]);
    const said = JSON.stringify([services.map(({ lines }) => lines), enqueued, refused]);
    expect(said).not.toContain(PASSWORD);
    expect(said).not.toContain('access-refused');
  });

  it.each(['collector', 'worker'])('a %s with a wrong password ends at once, and does not tell it', async (command) => {
    const wrong = url(command).replace(PASSWORD, 'sesame-open');
    const ended = await debci([command, '--amqp', wrong, '--data-dir', join(folder.path, command)]);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('Login was refused');
    expect(ended.stderr).toContain('"trouble":"access-refused"');
    expect(ended.stderr + ended.stdout).not.toContain('sesame');
  });

  it.each(FORBIDDEN)('a %s may not %s', async (user, _what, attempt) => {
    const model = await connect(url(user));
    const channel = await model.createConfirmChannel();
    const refusal = new Promise<Error>((resolve) => channel.on('error', resolve));
    const done = Promise.resolve(attempt(channel)).then(() => channel.waitForConfirms());
    done.catch(() => undefined);
    const outcome = await Promise.race([
      refusal,
      done.then(
        () => 'it was allowed',
        () => refusal,
      ),
    ]);
    expect(String(outcome)).toContain('ACCESS_REFUSED');
    await model.close();
  });
});
