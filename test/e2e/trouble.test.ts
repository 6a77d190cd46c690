import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { connect, type ChannelModel } from 'amqplib';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { describeWithRabbitmq, freshVhost } from '../support/broker.js';
import { build, debci, type Ended } from '../support/debci.js';
import { temporaryFolder } from '../support/folder.js';
import { Service } from '../support/service.js';

const MB = 1_000_000;

interface Letter {
  readonly id: string;
  readonly queue: string;
  readonly reason: string;
}

describeWithRabbitmq('a fleet in trouble', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let amqp: string[];
  let broker: ChannelModel;
  const services: Service[] = [];
  const start = (command: string, name: string, ...args: string[]): Service => {
    const service = new Service([command, ...amqp, '--data-dir', join(folder.path, name), ...args]);
    services.push(service);
    return service;
  };
  const submit = (...args: string[]): Promise<Ended> =>
    debci([
      'enqueue',
      ...amqp,
      '--data-dir',
      join(folder.path, 'submitter'),
      '--arch',
      'amd64',
      '--backend',
      'fake',
      ...args,
    ]);
  const startWorker = (): Service => start('worker', 'worker', '--arch', 'amd64', '--backend', 'fake');
  const letters = async (): Promise<Letter[]> =>
    JSON.parse((await debci(['dead-letters', ...amqp, '--json'])).stdout) as Letter[];

  beforeAll(build, 120_000);
  beforeEach(async () => {
    folder = temporaryFolder();
    const url = await freshVhost();
    amqp = ['--amqp', url];
    broker = await connect(url);
  });
  afterEach(async () => {
    await Promise.all(services.splice(0).map((service) => service.kill()));
    await broker.close();
    folder.remove();
  });

  it('sets aside what it cannot understand, goes on, and takes it back when a person says so', async () => {
    const collector = start('collector', 'collector');
    const worker = startWorker();
    await Promise.all([collector.said('collector ready'), worker.said('worker ready')]);
    const channel = await broker.createConfirmChannel();
    const queues = ['debci_requests', 'debci_progress', 'debci_results', 'debci-tests-amd64-fake'];
    // A worker that is ready may not have made its queue yet.
    await channel.assertQueue('debci-tests-amd64-fake', { durable: true, maxPriority: 10 });
    for (const queue of queues) channel.sendToQueue(queue, Buffer.from(`noise for ${queue}`), { headers: { a: 1 } });
    await channel.waitForConfirms();
    await submit('hello');
    await collector.said('result received');
    await vi.waitFor(
      async () => {
        expect((await letters()).map(({ queue }) => queue).sort()).toEqual([...queues].sort());
      },
      { timeout: 15_000, interval: 200 },
    );
    const [first, ...others] = await letters();
    const shown = await debci(['dead-letters', 'show', ...amqp, first!.id]);
    expect(shown.stdout).toContain(`noise for ${first!.queue}`);
    expect(shown.stdout).toContain(first!.reason.slice(0, 20));
    const body = await debci(['dead-letters', 'show', ...amqp, '--body', first!.id]);
    expect(body.stdout).toBe(`noise for ${first!.queue}`);

    const unasked = await debci(['dead-letters', 'drop', ...amqp, first!.id]);
    expect(unasked).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') as string });
    const dropped = await debci(['dead-letters', 'drop', ...amqp, '--yes', first!.id, '00000000']);
    expect(dropped).toMatchObject({ code: 2, stdout: `${first!.id} of ${first!.queue} dropped\n` });
    expect(dropped.stderr).toContain('00000000');
    // They are noise still, and die once more, under new ids.
    const back = await debci(['dead-letters', 'requeue', ...amqp, '--all']);
    expect(back.stdout.trimEnd().split('\n')).toHaveLength(others.length);
    await vi.waitFor(
      async () => {
        const again = await letters();
        expect(again.map(({ queue }) => queue).sort()).toEqual(others.map(({ queue }) => queue).sort());
        expect(again.map(({ id }) => id)).not.toContain(others[0]!.id);
      },
      { timeout: 15_000, interval: 200 },
    );
  });

  it('delivers a result of 100 MB whole, in parts, with a collector that stays small', async () => {
    const collector = start('collector', 'collector');
    const worker = startWorker();
    await Promise.all([collector.said('collector ready'), worker.said('worker ready')]);
    await submit('--trigger', `fake:artifacts-bytes=${100 * MB}`, 'hello');
    const { runId } = await collector.said('result received');
    const history = await debci([
      'history',
      '--data-dir',
      join(folder.path, 'collector'),
      '--arch',
      'amd64',
      '--json',
      'hello',
    ]);
    const [run] = JSON.parse(history.stdout) as { status: string; artifactsBytes: number }[];
    expect(run).toMatchObject({ status: 'pass' });
    expect(run!.artifactsBytes).toBeGreaterThan(100 * MB);
    const stored = join(folder.path, `collector/autopkgtest/unstable/amd64/h/hello/${String(runId)}/artifacts.tar.gz`);
    const listed = execFileSync('tar', ['--list', '--verbose', '--file', stored], { encoding: 'utf8' });
    const sizes = listed.split('\n').filter((line) => line.includes('/artifact-'));
    expect(sizes.reduce((sum, line) => sum + Number(line.split(/\s+/)[2]), 0)).toBe(100 * MB);
    console.log(`peak memory: collector ${collector.peakMemory()} MB, worker ${worker.peakMemory()} MB`);
    expect(collector.peakMemory()).toBeLessThan(400);
  });

  it('does all its jobs after the broker has lost its queues', async () => {
    const collector = start('collector', 'collector');
    await collector.said('collector ready');
    await submit('hello', 'dpkg', 'apt');
    const channel = await broker.createChannel();
    const tests = 'debci-tests-amd64-fake';
    await channel.assertQueue(tests, { durable: true, maxPriority: 10 });
    await vi.waitFor(async () => {
      expect((await channel.checkQueue(tests)).messageCount).toBe(3);
    }, 15_000);
    await channel.deleteQueue(tests);
    expect(await debci(['redispatch', ...amqp])).toMatchObject({ code: 0, stdout: '3 jobs sent again\n' });
    startWorker();
    for (const name of ['hello', 'dpkg', 'apt']) {
      await collector.line((line) => line.msg === 'result received' && line.package === name);
    }
  });
});
