import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryBroker } from '../../src/adapters/memory/broker.js';
import { MemoryCheckpointStore } from '../../src/adapters/memory/checkpoint-store.js';
import { MemoryEventStore } from '../../src/adapters/memory/event-store.js';
import { Dispatcher } from '../../src/application/dispatch.js';
import { EventLog } from '../../src/application/event-log.js';
import { parseDispatch } from '../../src/application/messages/dispatch.js';
import { attemptOf } from '../../src/application/messages/headers.js';
import { testsQueue } from '../../src/application/messages/subjects.js';
import type { TestRunEvent } from '../../src/domain/events.js';
import type { OpenJob } from '../../src/domain/ports/job-index.js';
import {
  BusUnavailableError,
  type DurableQueue,
  type MessageBus,
  type PublishOptions,
} from '../../src/domain/ports/message-bus.js';
import { next } from '../support/messages.js';
import { aJob, anOutcome } from '../support/event-log.js';
import { silentLogger as logger } from '../support/loggers.js';
import { KeepingBus } from '../support/world.js';

const QUEUE = testsQueue('amd64', 'fake');
const METADATA = { actor: 'collector', causationId: null, correlationId: null };

/** Counts, and can break after so many messages. */
class CountingBus extends KeepingBus {
  queuesMade = 0;
  left = Infinity;
  onBroken: () => void = () => undefined;

  override ensureQueue(queue: DurableQueue): Promise<void> {
    this.queuesMade += 1;
    return super.ensureQueue(queue);
  }

  override publish(subject: string, body: Uint8Array, options?: PublishOptions): Promise<void> {
    if (this.left-- > 0) return super.publish(subject, body, options);
    this.onBroken();
    return Promise.reject(new BusUnavailableError('the broker has gone'));
  }
}

describe('the dispatcher', () => {
  let bus: CountingBus;
  let log: EventLog;
  let store: MemoryEventStore;
  let checkpoints: MemoryCheckpointStore;
  let open: OpenJob[];
  let stop: AbortController;
  let ended: Promise<void>;
  beforeEach(() => {
    bus = new CountingBus(new MemoryBroker());
    store = new MemoryEventStore();
    log = new EventLog(store, { now: () => new Date() });
    checkpoints = new MemoryCheckpointStore();
    open = [];
    ended = Promise.resolve();
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await ended;
    await bus.close();
    await store.close();
  });

  const dispatcher = (on: MessageBus = bus): Dispatcher => {
    const index = {
      reached: () => Promise.resolve(),
      nextRunId: () => 1,
      runsOfRequest: () => new Map<number, number>(),
      openJobs: () => open,
      packageBackend: () => null,
      runsWithOldFiles: () => [],
    };
    return new Dispatcher({ bus: on, log, index, checkpoints, logger });
  };
  const start = (): void => {
    stop = new AbortController();
    ended = dispatcher().run(stop.signal);
  };
  const append = async (...events: TestRunEvent[]): Promise<void> => {
    for (const event of events) await log.append(`test-${event.data.runId}`, [event], 'any', METADATA);
  };
  const enqueue = (...runIds: number[]): Promise<void> =>
    append(...runIds.map((runId) => ({ type: 'TestEnqueued', data: aJob({ runId }) }) as const));
  /** The next so many jobs, as run id and attempt. */
  const taken = async (count: number): Promise<[number, number | null][]> => {
    const consumer = await bus.consume(QUEUE, { maxInFlight: 1 });
    const jobs: [number, number | null][] = [];
    while (jobs.length < count) {
      const delivery = await next(consumer);
      delivery.ack();
      jobs.push([parseDispatch(delivery.body, 'amd64').request.runId, attemptOf(delivery.headers)]);
    }
    await consumer.close();
    return jobs;
  };

  it('sends what is enqueued, in order, and makes the queue once', async () => {
    await enqueue(1, 2, 3);
    start();
    expect(await taken(3)).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
    ]);
    expect(bus.queuesMade).toBe(1);
  });

  it('sends a job for incus-lxc or lxd-lxc to the queue of lxc, and names the backend', async () => {
    const backends = ['incus-lxc', 'lxc', 'lxd-lxc'];
    await append(
      ...backends.map((backend, index) => {
        const data = aJob({ runId: index + 1, backend });
        return { type: 'TestEnqueued', data } as const;
      }),
    );
    start();
    const consumer = await bus.consume(testsQueue('amd64', 'lxc'), { maxInFlight: 3 });
    const sent = [await next(consumer), await next(consumer), await next(consumer)];
    expect(sent.map(({ body }) => parseDispatch(body, 'amd64').request.backend)).toEqual(backends);
  });

  it('does not send what has ended before it came to it', async () => {
    await enqueue(1, 2, 3);
    await append({ type: 'TestCancelled', data: { runId: 1, by: 'alice', reason: null } });
    await append({ type: 'TestFinished', data: { ...anOutcome(), runId: 2, attempt: 1 } });
    start();
    expect(await taken(1)).toEqual([[3, 1]]);
  });

  it('sends an abandoned job again, as its next attempt', async () => {
    start();
    await enqueue(1);
    expect(await taken(1)).toEqual([[1, 1]]);
    await append({ type: 'TestStarted', data: { runId: 1, attempt: 1, worker: 'w' } });
    await append({ type: 'TestAbandoned', data: { runId: 1, attempt: 1, worker: 'w', reason: 'lost' } });
    expect(await taken(1)).toEqual([[1, 2]]);
  });

  it('killed between the log and the sending, sends when it starts again', async () => {
    bus.left = 0;
    const broken = new Promise<void>((resolve) => (bus.onBroken = resolve));
    start();
    await enqueue(1, 2);
    await broken;
    stop.abort();
    await ended;
    bus.left = Infinity;
    start();
    expect(await taken(2)).toEqual([
      [1, 1],
      [2, 1],
    ]);
  });

  it('killed between the sending of jobs and its checkpoint, sends some again and forgets none', async () => {
    await enqueue(1, 2, 3, 4);
    bus.left = 2;
    const broken = new Promise<void>((resolve) => (bus.onBroken = resolve));
    start();
    await broken;
    stop.abort();
    await ended;
    bus.left = Infinity;
    start();
    const sent = await taken(6);
    expect(sent.map(([runId]) => runId)).toEqual([1, 2, 1, 2, 3, 4]);
  });

  it('started again, goes on behind what it has sent', async () => {
    await enqueue(1, 2);
    start();
    await taken(2);
    await enqueue(3);
    await taken(1);
    stop.abort();
    await ended;
    await enqueue(4);
    start();
    expect(await taken(1)).toEqual([[4, 1]]);
  });

  it('waits for a bus that is gone, and goes on when it is back', async () => {
    bus.left = 0;
    const broken = new Promise<void>((resolve) => (bus.onBroken = resolve));
    start();
    await enqueue(1);
    await broken;
    bus.left = Infinity;
    expect(await taken(1)).toEqual([[1, 1]]);
  });

  it('asked to, sends all that wait again, by their attempt, and leaves alone what runs', async () => {
    open = [
      { job: aJob({ runId: 1 }), attempt: 1, worker: null },
      { job: aJob({ runId: 2 }), attempt: 1, worker: 'w' },
      { job: aJob({ runId: 3 }), attempt: 2, worker: null },
    ];
    expect(await dispatcher().redispatch(stop.signal)).toBe(2);
    expect(await taken(2)).toEqual([
      [1, 1],
      [3, 2],
    ]);
  });

  it('does not say that it has sent all again when it was stopped over it', async () => {
    open = [{ job: aJob({ runId: 1 }), attempt: 1, worker: null }];
    bus.left = 0;
    const broken = new Promise<void>((resolve) => (bus.onBroken = resolve));
    const sending = dispatcher().redispatch(stop.signal);
    await broken;
    stop.abort();
    await expect(sending).rejects.toThrow();
  });
});
