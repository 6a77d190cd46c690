import { randomUUID } from 'node:crypto';
import { MemoryEventStore } from '../../src/adapters/memory/event-store.js';
import type { Outcome, TestRunEvent } from '../../src/domain/events.js';
import type { Job } from '../../src/domain/job.js';
import type {
  EventMetadata,
  EventStore,
  NewEvent,
  Position,
  RecordedEvent,
} from '../../src/domain/ports/event-store.js';
import { testStream } from '../../src/domain/test-run.js';

const EPOCH = Date.parse('2026-01-01T00:00:00Z');

/** The how-manieth event of a log, from 1: one comes a minute. */
function numbered(event: TestRunEvent, number: number, metadata: Partial<EventMetadata> = {}): NewEvent {
  const actor = 'worker' in event.data ? `worker:${event.data.worker}` : 'user:alice';
  return {
    ...event,
    id: randomUUID(),
    schemaVersion: 1,
    time: new Date(EPOCH + number * 60_000).toISOString(),
    metadata: { actor, causationId: null, correlationId: null, ...metadata },
  };
}

/** Events as a log would give them, for tests of what is made of events. */
export class RecordedEvents {
  readonly events: RecordedEvent[] = [];

  append(event: TestRunEvent, metadata: Partial<EventMetadata> = {}): RecordedEvent {
    const number = this.events.length + 1;
    const stream = testStream(event.data.runId);
    const revision = this.events.filter((earlier) => earlier.stream === stream).length;
    const position = String(number).padStart(16, '0') as Position;
    const recorded = { ...numbered(event, number, metadata), stream, revision, position };
    this.events.push(recorded);
    return recorded;
  }
}

/** A log in memory that holds these events. */
export async function storeOf(...events: TestRunEvent[]): Promise<MemoryEventStore> {
  const store = new MemoryEventStore();
  for (const [index, event] of events.entries()) await appendTo(store, event, index + 1);
  return store;
}

/** @returns the event's position */
export async function appendTo(store: EventStore, event: TestRunEvent, number = 1000): Promise<Position> {
  const { position } = await store.append(testStream(event.data.runId), [numbered(event, number)], 'any');
  return position;
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
