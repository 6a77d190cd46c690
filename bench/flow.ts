import { rmSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AmqpBus } from '../src/adapters/amqp/bus.js';
import { createTestbed } from '../src/adapters/autopkgtest/create-testbed.js';
import { FileResultPacker } from '../src/adapters/files/result-packer.js';
import { FileSpool } from '../src/adapters/files/spool.js';
import { DeadLetters } from '../src/application/dead-letters.js';
import { ATTEMPT_HEADER } from '../src/application/messages/headers.js';
import { RESULTS_SUBJECT, testsQueue } from '../src/application/messages/subjects.js';
import { runBeneath } from '../src/application/run-together.js';
import { SpoolSender } from '../src/application/spool-sender.js';
import { Worker } from '../src/application/worker.js';
import type { MessageBus } from '../src/domain/ports/message-bus.js';
import { silentLogger as logger } from '../test/support/loggers.js';
import { RabbitNode, rabbitmqMissing } from '../test/support/rabbitmq.js';
import { bareEnqueue, bareIngest, bareWork } from './flow/bare.js';
import { result } from './flow/results.js';
import { CLOCK, Rig, RESULTS } from './flow/rig.js';
import { rate, type Comparison, type Limited, type Measured } from './harness.js';

const JOBS = 5_000;
const RESULT_COUNT = 20_000;
const WORKER_JOBS = 200;
/** Published before the broker's answers are waited for. */
const WINDOW = 200;
const BARE = { ...RESULTS, name: 'bare_results' };
/** The share of the bare parts' rate that is good enough: they neither check, decide nor project anything. */
const SHARE = 0.25;
/** A worker also makes the files of a test and packs them, and a collector takes the result in the same process. */
const WORKER_SHARE = 0.05;

/**
 * The way of jobs and results over a real RabbitMQ, with log, read model and files on disk, each beside the bare
 * libraries that do the same writes; and the overhead of a worker, on tests that take no time.
 */
export async function benchFlow(): Promise<Measured[]> {
  if (rabbitmqMissing !== null) throw new Error(rabbitmqMissing);
  const node = await RabbitNode.start();
  const folder = await mkdtemp(join(tmpdir(), 'debci-bench-'));
  try {
    const place = async (name: string): Promise<[string, string]> => {
      const own = join(folder, name);
      await mkdir(own);
      return [await node.addVhost(), own];
    };
    return [
      ...(await enqueue(...(await place('enqueue')))),
      ...(await ingest(...(await place('ingest')))),
      ...(await workers(...(await place('worker')), 1)),
      ...(await workers(...(await place('workers')), 4)),
    ];
  } finally {
    await node.dispose();
    rmSync(folder, { recursive: true });
  }
}

function beside(name: string, ours: number, peer: number, atLeast: number, bound = SHARE): [Limited, Comparison] {
  return [
    { name, value: ours, unit: '/s', atLeast },
    { name: `${name}, beside bare libraries`, ours, peer, ratio: ours / peer, bound },
  ];
}

async function withBus<Result>(url: string, work: (bus: MessageBus) => Promise<Result>): Promise<Result> {
  const bus = await AmqpBus.connect({ url, logger });
  try {
    return await work(bus);
  } finally {
    await bus.close();
  }
}

function withRig<Result>(
  url: string,
  folder: string,
  work: (rig: Rig, bus: MessageBus) => Promise<Result>,
): Promise<Result> {
  return withBus(url, async (bus) => {
    const rig = await Rig.start(bus, folder);
    try {
      return await work(rig, bus);
    } finally {
      await rig.stop();
    }
  });
}

/** From one request of 5,000 jobs to all of them in the workers' queue. */
async function enqueue(url: string, folder: string): Promise<Measured[]> {
  const ours = await withRig(url, folder, async (rig, bus) => {
    await rig.enqueue(JOBS);
    await taken(bus, JOBS);
    return rate(JOBS, async () => {
      await Promise.all([rig.enqueue(JOBS), taken(bus, JOBS)]);
    });
  });
  const peer = await rate(JOBS, () => bareEnqueue(url, folder, JOBS));
  return beside('flow: 5,000 jobs, request to dispatched', ours, peer, 3_000);
}

/** Takes so many jobs from the workers' queue. */
async function taken(bus: MessageBus, count: number): Promise<void> {
  const consumer = await bus.consume(testsQueue('amd64', 'fake'), { maxInFlight: 1_000 });
  let jobs = 0;
  for await (const delivery of consumer) {
    delivery.ack();
    if (++jobs === count) return;
  }
}

/** From 20,000 queued results to the durable event, the stored files and the read model. */
async function ingest(url: string, folder: string): Promise<Measured[]> {
  await withRig(url, folder, async (rig) => {
    for (let n = 0; n < RESULT_COUNT; n += JOBS) await rig.enqueue(JOBS);
  });
  await withBus(url, fill);
  const ours = await withRig(url, folder, (rig) => rate(RESULT_COUNT, () => rig.finished(RESULT_COUNT)));
  await withBus(url, async (bus) => {
    await bus.ensureQueue(BARE);
    await fill(bus);
  });
  const peer = await rate(RESULT_COUNT, () => bareIngest(url, folder, BARE.name, RESULT_COUNT));
  return beside('flow: results of 5 KB, queue to read model', ours, peer, 1_000);
}

async function fill(bus: MessageBus): Promise<void> {
  for (let first = 1; first <= RESULT_COUNT; first += WINDOW) {
    const runIds = Array.from({ length: WINDOW }, (_, n) => first + n);
    await Promise.all(
      runIds.map((runId) => {
        const options = { headers: { [ATTEMPT_HEADER]: '1' }, messageId: `${runId}-1`, routed: true };
        return bus.publish(RESULTS_SUBJECT, result(runId), options);
      }),
    );
  }
}

/** Jobs that take no time, from the queue to the read model, by one worker, collector and worker in one process. */
async function workers(url: string, folder: string, jobs: number): Promise<Measured[]> {
  const ours = await withRig(url, folder, async (rig, bus) => {
    await rig.enqueue(WORKER_JOBS);
    const spool = await FileSpool.open({ folder: join(rig.folder, 'spool'), clock: CLOCK, logger });
    const sender = new SpoolSender(bus, spool, RESULTS, logger);
    const testbeds = new Map([['fake', createTestbed('fake', { stateDir: rig.folder, autopkgtestArgs: [] })]]);
    const packer = new FileResultPacker(join(rig.folder, 'work'));
    const deadLetters = new DeadLetters(bus, CLOCK, logger);
    const parts = { bus, testbeds, packer, spool, sender, deadLetters, logger };
    const worker = new Worker(parts, { name: 'bench', arch: 'amd64', jobs, timeoutMs: 60_000, aliveEveryMs: 30_000 });
    const stop = new AbortController();
    const working = { run: (signal: AbortSignal) => worker.run({ stop: signal, kill: new AbortController().signal }) };
    let ended = Promise.resolve();
    const value = await rate(WORKER_JOBS, async () => {
      ended = runBeneath(sender, working, stop.signal);
      await rig.finished(WORKER_JOBS);
    });
    stop.abort();
    await ended;
    return value;
  });
  const peer = await rate(WORKER_JOBS, () => bareWork(url, folder, jobs, WORKER_JOBS));
  return beside(`flow: one worker on the fake backend, --jobs ${jobs}`, ours, peer, 10 * jobs, WORKER_SHARE);
}
