import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AmqpBus } from '../src/adapters/amqp/bus.js';
import { SqliteEventStore } from '../src/adapters/sqlite/event-store.js';
import { parseDispatch } from '../src/application/messages/dispatch.js';
import { ATTEMPT_HEADER, attemptOf } from '../src/application/messages/headers.js';
import { encodeProgress } from '../src/application/messages/progress.js';
import { PROGRESS_SUBJECT, RESULTS_SUBJECT, testsQueue } from '../src/application/messages/subjects.js';
import type { Delivery, MessageBus } from '../src/domain/ports/message-bus.js';
import { build } from '../test/support/debci.js';
import { silentLogger as logger } from '../test/support/loggers.js';
import { RabbitNode, rabbitmqMissing } from '../test/support/rabbitmq.js';
import { Service } from '../test/support/service.js';
import { result } from './flow/results.js';
import { enqueue } from './flow/rig.js';
import { median, type Limited, type Measured } from './harness.js';
import type { Bench } from './large-instance.js';

/** Tests a second: 300,000 a day evenly, and ten times that, an hour of a busy day. */
const RATES = [3.5, 35];
const SECONDS = 20;
/** A simulated test takes so long: what counts is the work of the collector, not the workers'. */
const TEST_MS = 500;
/** Simulated workers on one connection. */
const WORKERS = 1000;

/**
 * A day's load in small: requests come at a fixed rate, simulated workers take the jobs, say that they began, and send
 * results of 5 KB. Broker and collector (log, read model, pages, files) are processes of their own, as deployed.
 * What is measured is whether the collector keeps up: from a result's publication to its event in the log.
 */
export async function benchLoad(bench: Bench): Promise<Measured[]> {
  if (rabbitmqMissing !== null) throw new Error(rabbitmqMissing);
  await build();
  const node = await RabbitNode.start();
  try {
    const measured: Measured[] = [];
    for (const rate of RATES)
      measured.push(...(await atRate(rate, await node.addVhost(), join(bench.folder, `load-${rate}`))));
    return measured;
  } finally {
    await node.dispose();
  }
}

async function atRate(rate: number, url: string, folder: string): Promise<Limited[]> {
  for (const name of ['etc', 'data']) mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'etc', 'debci.conf'), 'debci_backend=fake\ndebci_suite=unstable\ndebci_arch=amd64\n');
  const args = ['--config', join(folder, 'etc'), '--data-dir', join(folder, 'data'), '--amqp', url];
  const collector = new Service(['collector', ...args]);
  await collector.said('collector ready');
  const bus = await AmqpBus.connect({ url, logger });
  const log = SqliteEventStore.open(join(folder, 'data', 'state', 'events.sqlite'), { readOnly: true });
  const count = Math.round(rate * SECONDS);
  try {
    const sent = new Map<number, number>();
    const latencies = finished(log, sent, count);
    const working = work(bus, sent, count);
    const begun = performance.now();
    for (let n = 0; n < count; n++) {
      await delay(Math.max(0, begun + (n / rate) * 1000 - performance.now()));
      void enqueue(bus, 1);
    }
    await working;
    const times = (await latencies).sort((a, b) => a - b);
    const seconds = (performance.now() - begun) / 1000;
    const label = `load: ${rate} tests/s (${Math.round(rate * 86_400).toLocaleString('en')} a day)`;
    return [
      { name: label, value: (count / seconds) * 60, unit: '/min', atLeast: rate * 54 },
      { name: '      result to log, median', value: median(times), unit: 'ms', atMost: 1000 },
      { name: '      95th percentile', value: times[Math.ceil(0.95 * count) - 1] ?? NaN, unit: 'ms', atMost: 5000 },
      { name: '      collector, peak memory', value: collector.peakMemory(), unit: 'MB', atMost: 400 },
    ];
  } finally {
    await log.close();
    await bus.close();
    await collector.stop();
  }
}

/** Takes the jobs and sends their results. Resolves when all were sent. */
async function work(bus: MessageBus, sent: Map<number, number>, count: number): Promise<void> {
  const tests: Promise<void>[] = [];
  for await (const delivery of await bus.consume(testsQueue('amd64', 'fake'), { maxInFlight: WORKERS })) {
    tests.push(run(bus, delivery, sent));
    if (tests.length === count) break;
  }
  await Promise.all(tests);
}

async function run(bus: MessageBus, delivery: Delivery, sent: Map<number, number>): Promise<void> {
  const { runId, package: name } = parseDispatch(delivery.body, 'amd64').request;
  const attempt = attemptOf(delivery.headers) ?? 1;
  const worker = `bench-${runId % WORKERS}`;
  await bus.publish(PROGRESS_SUBJECT, encodeProgress({ type: 'started', runId, attempt, worker }));
  delivery.ack();
  await delay(TEST_MS);
  sent.set(runId, performance.now());
  await bus.publish(RESULTS_SUBJECT, result(runId, { name, worker }), { headers: { [ATTEMPT_HEADER]: `${attempt}` } });
}

/** How long each result took into the log. */
async function finished(log: SqliteEventStore, sent: ReadonlyMap<number, number>, count: number): Promise<number[]> {
  const latencies: number[] = [];
  for await (const { events } of log.subscribe({ filter: { types: ['TestFinished'] } })) {
    for (const { data } of events) {
      latencies.push(performance.now() - (sent.get((data as { runId: number }).runId) ?? NaN));
    }
    if (latencies.length >= count) break;
  }
  return latencies;
}
