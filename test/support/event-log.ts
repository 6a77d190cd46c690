import { randomUUID } from 'node:crypto';
import { once, EventEmitter } from 'node:events';
import type { Outcome, TestRunEvent } from '../../src/domain/events.js';
import type { Job } from '../../src/domain/job.js';
import type {
  EventBatch,
  EventMetadata,
  EventStore,
  Position,
  RecordedEvent,
} from '../../src/domain/ports/event-store.js';

const EPOCH = Date.parse('2026-01-01T00:00:00Z');

/** A log in an array, for tests of what reads logs. Events get the time at which they are numbered: one a minute. */
export class EventLog implements Pick<EventStore, 'subscribe'> {
  readonly events: RecordedEvent[] = [];
  readonly #appended = new EventEmitter();

  constructor(private readonly batchSize = 100) {}

  append(event: TestRunEvent, metadata: Partial<EventMetadata> = {}): RecordedEvent {
    const number = this.events.length + 1;
    const actor = 'worker' in event.data ? `worker:${event.data.worker}` : 'user:alice';
    const recorded: RecordedEvent = {
      id: randomUUID(),
      type: event.type,
      schemaVersion: 1,
      time: new Date(EPOCH + number * 60_000).toISOString(),
      data: event.data,
      metadata: { actor, causationId: null, correlationId: null, ...metadata },
      stream: `test-${event.data.runId}`,
      revision: this.events.filter(({ data }) => (data as { runId: number }).runId === event.data.runId).length,
      position: String(number).padStart(16, '0') as Position,
    };
    this.events.push(recorded);
    this.#appended.emit('event');
    return recorded;
  }

  async *subscribe(options: { after?: string; signal?: AbortSignal } = {}): AsyncGenerator<EventBatch> {
    const { after = 'start', signal } = options;
    let next = after === 'start' ? 0 : this.events.findIndex(({ position }) => position === after) + 1;
    while (signal?.aborted !== true) {
      const events = this.events.slice(next, next + this.batchSize);
      next += events.length;
      const caughtUp = next === this.events.length;
      yield { events, position: this.events[next - 1]?.position ?? null, caughtUp };
      if (caughtUp) await once(this.#appended, 'event', signal && { signal }).catch(() => undefined);
    }
  }
}

/** A job with what a test does not care about filled in. */
export function aJob(job: Partial<Job> & Pick<Job, 'runId'>): Job {
  return {
    package: 'hello',
    suite: 'unstable',
    arch: 'amd64',
    backend: 'fake',
    variant: null,
    trigger: null,
    pins: [],
    extraAptSources: [],
    priority: 5,
    requestor: null,
    private: false,
    origin: { kind: 'cli' },
    reasons: [],
    ...job,
  };
}

export function anOutcome(outcome: Partial<Outcome> = {}): Outcome {
  return {
    exitCode: 0,
    status: 'pass',
    message: 'All tests passed',
    version: '2.10-3',
    durationSeconds: 25,
    finishedAt: '2026-01-01T12:00:00.000Z',
    worker: 'worker1',
    tests: [{ name: 'upstream', result: 'PASS', detail: null }],
    logBytes: 357,
    artifactsBytes: 1024,
    testbedDigest: 'd'.repeat(64),
    ...outcome,
  };
}

/** A finished job's two events. */
export function finishedRun(job: Partial<Job> & Pick<Job, 'runId'>, outcome: Partial<Outcome> = {}): TestRunEvent[] {
  return [
    { type: 'TestEnqueued', data: aJob(job) },
    { type: 'TestFinished', data: { ...anOutcome(outcome), runId: job.runId, attempt: 1 } },
  ];
}
