import fc from 'fast-check';
import { DebciError } from '../../src/domain/errors.js';
import type { TestRunEvent } from '../../src/domain/events.js';
import type { RecordedEvent } from '../../src/domain/ports/event-store.js';
import { testRunDecider, type TestRun, type TestRunCommand } from '../../src/domain/test-run.js';
import { STATUSES } from '../../src/domain/verdict.js';
import { aJob, anOutcome, RecordedEvents } from './event-log.js';

/** Few values each, so that runs meet: the same package, the same date. */
const RUNS = 8;
const runId = fc.integer({ min: 1, max: RUNS });
const attempt = fc.integer({ min: 1, max: 3 });
const worker = fc.constantFrom('worker1', 'worker2');
const date = fc.integer({ min: 1, max: 6 }).map((day) => `2026-02-0${day}T12:00:00.000Z`);
const decision = { by: fc.constant('user:alice'), reason: fc.constantFrom(null, 'mistake') };

const enqueue = fc
  .record({
    runId,
    package: fc.constantFrom('hello', 'hello', 'libxml2'),
    suite: fc.constantFrom('unstable', 'unstable', 'testing'),
    pins: fc.constantFrom([], [], [], [{ suite: 'experimental', packages: ['src:glibc'] }]),
    private: fc.constantFrom(false, false, true),
    requestor: fc.constantFrom(null, 'alice', 'bob'),
    priority: fc.integer({ min: 0, max: 10 }),
  })
  .map((job): TestRunCommand => ({ type: 'enqueue', job: aJob(job) }));

const start = fc.record({ type: fc.constant('start' as const), runId, attempt, worker });
const finish = fc
  .record({ runId, attempt: fc.option(attempt), worker, finishedAt: date, status: fc.constantFrom(...STATUSES) })
  .map((given): TestRunCommand => {
    const { runId, attempt, worker, finishedAt, status } = given;
    return {
      type: 'finish',
      runId,
      attempt,
      outcome: anOutcome({ worker, finishedAt, status, version: `1-${runId}` }),
    };
  });
const abandon = fc.record({
  type: fc.constant('abandon' as const),
  runId,
  attempt,
  reason: fc.constant('no sign of life'),
  at: date,
});
const cancel = fc.record({ type: fc.constant('cancel' as const), runId, ...decision });
const publish = fc.record({ type: fc.constant('publish' as const), runId, ...decision });
const purge = fc.record({ type: fc.constant('purge' as const), runId, ...decision });

const command: fc.Arbitrary<TestRunCommand> = fc.oneof(
  { weight: 6, arbitrary: enqueue },
  { weight: 3, arbitrary: start },
  { weight: 8, arbitrary: finish },
  { weight: 2, arbitrary: abandon },
  { weight: 1, arbitrary: cancel },
  { weight: 3, arbitrary: publish },
  { weight: 1, arbitrary: purge },
);

function decide(state: TestRun, given: TestRunCommand): TestRunEvent[] {
  try {
    return testRunDecider.decide(state, given);
  } catch (error) {
    if (error instanceof DebciError) return [];
    throw error;
  }
}

function logOf(commands: readonly TestRunCommand[]): RecordedEvent[] {
  const log = new RecordedEvents();
  const states = new Map<number, TestRun>();
  for (const given of commands) {
    const id = given.type === 'enqueue' ? given.job.runId : given.runId;
    let state = states.get(id) ?? testRunDecider.initialState;
    for (const event of decide(state, given)) {
      log.append(event, event.type === 'TestEnqueued' ? { causationId: `request-${id % 3}`, requestIndex: id } : {});
      state = testRunDecider.evolve(state, event);
    }
    states.set(id, state);
  }
  return log.events;
}

/** Logs that the deciders can make, of commands in any order. Some runs jump the queue: ids do not come in order. */
export const runHistories: fc.Arbitrary<RecordedEvent[]> = fc.array(command, { maxLength: 120 }).map(logOf);
