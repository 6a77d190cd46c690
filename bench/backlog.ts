import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AmqpBus } from '../src/adapters/amqp/bus.js';
import { SqliteEventStore } from '../src/adapters/sqlite/event-store.js';
import { ATTEMPT_HEADER } from '../src/application/messages/headers.js';
import { RESULTS_SUBJECT } from '../src/application/messages/subjects.js';
import type { RecordedEvent } from '../src/domain/ports/event-store.js';
import type { MessageBus } from '../src/domain/ports/message-bus.js';
import { build } from '../test/support/debci.js';
import { silentLogger as logger } from '../test/support/loggers.js';
import { RabbitNode, rabbitmqMissing } from '../test/support/rabbitmq.js';
import { Service } from '../test/support/service.js';
import { result } from './flow/results.js';
import { enqueue, RESULTS } from './flow/rig.js';
import { timed, type Measured } from './harness.js';

const JOBS = 50_000;
const JOBS_A_REQUEST = 5_000;
/** Each job has two results, as when its worker was taken for lost: the first is to count. */
const WORKERS = ['first', 'second'];
const RESULT_COUNT = WORKERS.length * JOBS;
const WINDOW = 500;

/**
 * What waits while `debci collector` is off: 100,000 results. The real program, with its pages, takes them when it is
 * back; its memory is the kernel's count of the most it had.
 */
export async function benchBacklog(): Promise<Measured[]> {
  if (rabbitmqMissing !== null) throw new Error(rabbitmqMissing);
  await build();
  const node = await RabbitNode.start();
  const folder = await mkdtemp(join(tmpdir(), 'debci-bench-'));
  const bus = await AmqpBus.connect({ url: node.url, logger });
  try {
    const collector = (): Service => new Service(['collector', '--amqp', node.url, '--data-dir', folder]);
    await enqueueAll(collector(), bus);
    await fill(bus);
    return await takeAll(collector(), join(folder, 'state/events.sqlite'));
  } finally {
    await bus.close();
    await node.dispose();
    rmSync(folder, { recursive: true });
  }
}

async function enqueueAll(collector: Service, bus: MessageBus): Promise<void> {
  await collector.said('collector ready');
  for (let jobs = 0; jobs < JOBS; jobs += JOBS_A_REQUEST) await enqueue(bus, JOBS_A_REQUEST);
  await collector.stop();
}

async function fill(bus: MessageBus): Promise<void> {
  await bus.ensureQueue(RESULTS);
  for (let first = 1; first <= JOBS; first += WINDOW) {
    const runIds = Array.from({ length: WINDOW }, (_, n) => first + n);
    const publish = (runId: number, worker: string): Promise<void> =>
      bus.publish(RESULTS_SUBJECT, result(runId, { worker }), { headers: { [ATTEMPT_HEADER]: '1' }, routed: true });
    await Promise.all(runIds.flatMap((runId) => WORKERS.map((worker) => publish(runId, worker))));
  }
}

async function takeAll(collector: Service, file: string): Promise<Measured[]> {
  await collector.said('collector ready');
  const store = SqliteEventStore.open(file, { readOnly: true });
  try {
    const taken = new Map<string, string[]>();
    const ms = await timed(() => untilTaken(store, taken));
    const megabytes = collector.peakMemory();
    await collector.stop();
    return [
      { name: 'backlog: 100,000 results that waited', value: (RESULT_COUNT / ms) * 1000, unit: '/s', atLeast: 500 },
      { name: 'backlog: memory of the collector', value: megabytes, unit: 'MB', atMost: 400 },
      { name: 'backlog: jobs whose first result does not count', value: outOfOrder(taken), unit: '', atMost: 0 },
    ];
  } finally {
    await store.close();
  }
}

/** @param taken by stream, what became of its results */
async function untilTaken(store: SqliteEventStore, taken: Map<string, string[]>): Promise<void> {
  let count = 0;
  for await (const { events } of store.subscribe({ filter: { types: ['TestFinished', 'TestResultIgnored'] } })) {
    for (const event of events) taken.set(event.stream, [...(taken.get(event.stream) ?? []), fateOf(event)]);
    count += events.length;
    if (count === RESULT_COUNT) return;
  }
}

function fateOf({ type, data }: RecordedEvent): string {
  return `${(data as { worker: string }).worker} ${type}`;
}

function outOfOrder(taken: ReadonlyMap<string, readonly string[]>): number {
  const right = 'first TestFinished,second TestResultIgnored';
  return JOBS - [...taken.values()].filter((fates) => fates.join() === right).length;
}
