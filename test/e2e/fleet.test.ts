import { join } from 'node:path';
import { connect } from 'amqplib';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { SqliteEventStore } from '../../src/adapters/sqlite/event-store.js';
import type { RecordedEvent } from '../../src/domain/ports/event-store.js';
import { describeWithRabbitmq, freshVhost } from '../support/broker.js';
import { build, debci } from '../support/debci.js';
import { temporaryFolder } from '../support/folder.js';
import { Service } from '../support/service.js';

const PACKAGES = Array.from({ length: 20 }, (_, i) => `package-${i}`);

async function allEvents(file: string): Promise<RecordedEvent[]> {
  const store = SqliteEventStore.open(file, { readOnly: true });
  try {
    const events: RecordedEvent[] = [];
    for await (const event of store.readAll()) events.push(event);
    return events;
  } finally {
    await store.close();
  }
}

/** The streams of the first so many TestFinished, once they are there. */
async function streamsFinished(file: string, count: number): Promise<string[]> {
  const store = SqliteEventStore.open(file, { readOnly: true });
  const finished: string[] = [];
  try {
    for await (const { events } of store.subscribe({ filter: { types: ['TestFinished'] } })) {
      finished.push(...events.map(({ stream }) => stream));
      if (finished.length >= count) break;
    }
    return finished;
  } finally {
    await store.close();
  }
}

describeWithRabbitmq('a collector, two workers and a submitter that reach only the broker', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let amqp: string[];
  const services: Service[] = [];
  const start = (command: string, name: string, ...args: string[]): Service => {
    const service = new Service([command, ...amqp, '--data-dir', join(folder.path, name), ...args]);
    services.push(service);
    return service;
  };

  /** Resolves when so many jobs wait in a queue. */
  const dispatched = async (queue: string, count: number): Promise<void> => {
    const broker = await connect(amqp[1]!);
    try {
      const channel = await broker.createChannel();
      await channel.assertQueue(queue, { durable: true, maxPriority: 10 });
      await vi.waitFor(async () => {
        expect((await channel.checkQueue(queue)).messageCount).toBe(count);
      }, 30_000);
    } finally {
      await broker.close();
    }
  };

  beforeAll(build, 120_000);
  beforeEach(async () => {
    folder = temporaryFolder();
    amqp = ['--amqp', await freshVhost()];
  });
  afterEach(async () => {
    await Promise.all(services.splice(0).map((service) => service.kill()));
    folder.remove();
  });

  it('do 20 jobs, each of which finishes exactly once', async () => {
    const collector = start('collector', 'collector');
    const workers = ['one', 'two'].map((name) => start('worker', name, '--backend', 'fake'));
    await Promise.all([collector.said('collector ready'), ...workers.map((worker) => worker.said('worker ready'))]);

    const submitter = ['--data-dir', join(folder.path, 'submitter'), '--backend', 'fake'];
    const enqueued = await debci(['enqueue', ...amqp, ...submitter, '--trigger', 'fake:duration=0.2', ...PACKAGES]);
    expect(enqueued).toMatchObject({ code: 0 });
    expect(enqueued.stdout.trimEnd().split('\n')).toHaveLength(PACKAGES.length);

    const results = PACKAGES.map((name) =>
      collector.line((line) => line.msg === 'result received' && line.package === name),
    );
    await Promise.all(results);
    // Each worker did some of them.
    for (const worker of workers) expect(worker.lines.map(({ msg }) => msg)).toContain('test ended');
    expect(await Promise.all([...workers, collector].map((service) => service.stop()))).toEqual([0, 0, 0]);

    const events = await allEvents(join(folder.path, 'collector/state/events.sqlite'));
    for (let runId = 1; runId <= PACKAGES.length; runId++) {
      const types = events.filter(({ stream }) => stream === `test-${runId}`).map(({ type }) => type);
      expect(types).toEqual(['TestEnqueued', 'TestStarted', 'TestFinished']);
    }
  });

  it('end in order: a stopped worker finishes its test, one stopped twice gives its job back to the other', async () => {
    const collector = start('collector', 'collector');
    await collector.said('collector ready');
    const args = ['--data-dir', join(folder.path, 'submitter'), '--backend', 'fake', '--trigger', 'fake:duration=3'];
    const first = start('worker', 'one', '--backend', 'fake');
    await first.said('worker ready');
    await debci(['enqueue', ...amqp, ...args, 'hello']);
    await first.said('test started');
    expect(await first.stop()).toBe(0);
    await collector.line(({ msg, package: name }) => msg === 'result received' && name === 'hello');

    const second = start('worker', 'two', '--backend', 'fake');
    await second.said('worker ready');
    await debci(['enqueue', ...amqp, ...args, 'dpkg']);
    await second.said('test started');
    void second.stop();
    await second.line(({ msg }) => msg.startsWith('stopping'));
    expect(await second.stop()).toBe(0);
    await start('worker', 'three', '--backend', 'fake').line(
      ({ msg, attempt }) => msg === 'test started' && attempt === 2,
    );
    await collector.line(({ msg, package: name }) => msg === 'result received' && name === 'dpkg');

    await collector.stop();
    const events = await allEvents(join(folder.path, 'collector/state/events.sqlite'));
    const types = (stream: string): string[] => events.filter((e) => e.stream === stream).map(({ type }) => type);
    expect(types('test-1')).toEqual(['TestEnqueued', 'TestStarted', 'TestFinished']);
    expect(types('test-2')).toEqual(['TestEnqueued', 'TestStarted', 'TestAbandoned', 'TestStarted', 'TestFinished']);
  });

  it('outlive a collector that is killed: one that stood by takes over, and nothing is lost or doubled', async () => {
    const first = start('collector', 'collector');
    await first.said('collector ready');
    const second = start('collector', 'collector');
    await second.said('another collector keeps this log; standing by');
    const args = ['--data-dir', join(folder.path, 'submitter'), '--backend', 'fake'];
    await debci(['enqueue', ...amqp, ...args, '--trigger', 'fake:duration=1', ...PACKAGES]);
    start('worker', 'one', '--backend', 'fake', '--jobs', '4');
    await first.said('result received');
    await first.kill();
    await second.said('collector ready');
    await debci(['enqueue', ...amqp, ...args, 'the-last']);
    const file = join(folder.path, 'collector/state/events.sqlite');
    const finished = await streamsFinished(file, PACKAGES.length + 1);
    expect([...new Set(finished)].sort()).toEqual([...finished].sort());
  });

  it('take over whatever broker they are on, since the lock is the log’s file', async () => {
    const first = start('collector', 'collector');
    await first.said('collector ready');
    const elsewhere = new Service([
      'collector',
      '--amqp',
      await freshVhost(),
      '--data-dir',
      join(folder.path, 'collector'),
    ]);
    services.push(elsewhere);
    await elsewhere.said('another collector keeps this log; standing by');
    await first.kill();
    const killed = performance.now();
    await elsewhere.said('collector ready');
    console.log(`a standby collector on another broker was ready after ${Math.round(performance.now() - killed)} ms`);
  });

  it('do what is urgent first, from 10 to 0, and what was asked for first within one priority', async () => {
    const collector = start('collector', 'collector');
    await collector.said('collector ready');
    const args = ['--data-dir', join(folder.path, 'submitter'), '--backend', 'fake'];
    for (const [priority, ...names] of [
      ['5', 'five-a', 'five-b'],
      ['0', 'zero'],
      ['10', 'ten'],
      ['7', 'seven'],
    ]) {
      await debci(['enqueue', ...amqp, ...args, '--priority', priority!, ...names]);
    }
    await dispatched('debci-tests-amd64-fake', 5);
    const worker = start('worker', 'one', '--backend', 'fake', '--arch', 'amd64');
    await worker.line(({ msg, package: name }) => msg === 'test ended' && name === 'zero');
    const begun = worker.lines.filter(({ msg }) => msg === 'test started').map(({ package: name }) => name);
    expect(begun).toEqual(['ten', 'seven', 'five-a', 'five-b', 'zero']);
  });

  it('stop a cancelled test, and never start one that was cancelled while it waited', async () => {
    const collector = start('collector', 'collector');
    const worker = start('worker', 'one', '--backend', 'fake');
    await Promise.all([collector.said('collector ready'), worker.said('worker ready')]);
    const args = ['--data-dir', join(folder.path, 'submitter')];
    const fake = ['--backend', 'fake', '--trigger', 'fake:duration=600'];
    await debci(['enqueue', ...amqp, ...args, ...fake, 'hello', 'dpkg']);
    await worker.said('test started');
    const cancelled = await debci(['cancel', ...amqp, ...args, '2', '1']);
    expect(cancelled.stdout).toBe('2 cancelled\n1 cancelled\n');
    await worker.line(({ msg, ended }) => msg === 'test ended' && ended === 'stopped');
    await worker.line(({ msg, runId }) => msg === 'the job is no longer wanted' && runId === 2);
    expect(worker.lines.filter(({ msg }) => msg === 'test started')).toHaveLength(1);
  });

  it('do the jobs of a higher priority first', async () => {
    const collector = start('collector', 'collector');
    await collector.said('collector ready');
    const args = ['--data-dir', join(folder.path, 'submitter'), '--backend', 'fake'];
    for (const priority of ['0', '10', '5']) {
      await debci(['enqueue', ...amqp, ...args, '--priority', priority, `priority-${priority}`]);
    }
    const worker = start('worker', 'one', '--backend', 'fake');
    await collector.line((line) => line.msg === 'result received' && line.package === 'priority-0');
    const started = worker.lines.filter(({ msg }) => msg === 'test started').map((line) => line.package);
    expect(started).toEqual(['priority-10', 'priority-5', 'priority-0']);
  });

  it('end a test that takes too long, which is a tmpfail', async () => {
    const collector = start('collector', 'collector');
    start('worker', 'one', '--backend', 'fake', '--timeout', '1s');
    await collector.said('collector ready');
    const args = ['--data-dir', join(folder.path, 'submitter'), '--backend', 'fake', '--trigger', 'fake:duration=60'];
    await debci(['enqueue', ...amqp, ...args, 'hello']);
    const result = await collector.said('result received');
    expect(result.status).toBe('tmpfail');
  });
});
