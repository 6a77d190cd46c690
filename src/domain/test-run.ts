import type { Decider } from './decider.js';
import { UnknownRunError, InvalidInputError } from './errors.js';
import type { Outcome, TestRunEvent } from './events.js';
import type { Job } from './job.js';
import { verdict, UNEXPECTED_EXIT_CODE } from './verdict.js';

/**
 * The life of one job, stream `test-<run id>`:
 *
 *     none ──enqueue──> open ──finish──> finished
 *                       │ ^└──cancel──> cancelled
 *                start  └─┘  abandon (next attempt; after the last one: finished, tmpfail)
 *
 * What it guarantees, in whatever order and however often commands come: a job is enqueued once;
 * it finishes once or is cancelled once, never both; a duplicate changes nothing; the late result
 * of an abandoned attempt counts if no other attempt finished first.
 */

/** A job whose worker was lost this often is given up: the job may be what kills its workers. */
export const MAX_ATTEMPTS = 3;

interface Attempts {
  readonly job: Job;
  /** The attempt that is due or running; the first is 1. */
  readonly attempt: number;
  /** Results that were refused already, as `attempt/worker`. */
  readonly ignored: readonly string[];
  readonly published: boolean;
  readonly purged: boolean;
}

export type TestRun =
  | { readonly kind: 'none' }
  /** `worker`: who runs the attempt; null while it waits. */
  | (Attempts & { readonly kind: 'open'; readonly worker: string | null })
  /** `finishedBy`: the `attempt/worker` whose result counts; null where the last attempt was lost, so that none does. */
  | (Attempts & { readonly kind: 'finished'; readonly finishedBy: string | null })
  | (Attempts & { readonly kind: 'cancelled' });

export type TestRunCommand =
  | { readonly type: 'enqueue'; readonly job: Job }
  | { readonly type: 'start'; readonly runId: number; readonly attempt: number; readonly worker: string }
  /** `attempt` null: the worker (Debian's) does not count attempts; taken as the present one. */
  | { readonly type: 'finish'; readonly runId: number; readonly attempt: number | null; readonly outcome: Outcome }
  | {
      readonly type: 'abandon';
      readonly runId: number;
      readonly attempt: number;
      readonly reason: string;
      /** ISO 8601; the date of the tmpfail, if this was the last attempt. */
      readonly at: string;
    }
  | Decision;

interface Decision {
  readonly type: 'cancel' | 'publish' | 'purge';
  readonly runId: number;
  readonly by: string;
  readonly reason: string | null;
}

type Command<Type extends TestRunCommand['type']> = Extract<TestRunCommand, { type: Type }>;
type Known = Exclude<TestRun, { kind: 'none' }>;

const deliverer = (attempt: number, worker: string): string => `${attempt}/${worker}`;

/** The stream that holds a run. */
export function testStream(runId: number): string {
  return `test-${runId}`;
}

function enqueue(state: TestRun, { job }: Command<'enqueue'>): TestRunEvent[] {
  if (state.kind === 'none') return [{ type: 'TestEnqueued', data: job }];
  if (JSON.stringify(state.job) === JSON.stringify(job)) return [];
  throw new InvalidInputError([{ field: 'run-id', value: job.runId, allowed: 'a run id that no job has' }]);
}

function start(state: Known, { runId, attempt, worker }: Command<'start'>): TestRunEvent[] {
  if (state.kind !== 'open' || attempt !== state.attempt || state.worker === worker) return [];
  return [{ type: 'TestStarted', data: { runId, attempt, worker } }];
}

function refusal(state: Exclude<Known, { kind: 'open' }>): string {
  if (state.kind === 'cancelled') return 'cancelled';
  return state.finishedBy === null ? 'given up: workers lost' : `already finished (${state.finishedBy})`;
}

/** Whether this worker's result of this attempt is on record already: it counts, or was ignored. */
export function hasResult(state: TestRun, attempt: number, worker: string): boolean {
  if (state.kind === 'none') return false;
  const from = deliverer(attempt, worker);
  return (state.kind === 'finished' && state.finishedBy === from) || state.ignored.includes(from);
}

function finish(state: Known, { runId, attempt, outcome }: Command<'finish'>): TestRunEvent[] {
  const given = attempt ?? Math.min(state.attempt, MAX_ATTEMPTS);
  const { worker, status } = outcome;
  if (state.kind === 'open') return [{ type: 'TestFinished', data: { ...outcome, runId, attempt: given } }];
  if (hasResult(state, given, worker)) return [];
  return [{ type: 'TestResultIgnored', data: { runId, attempt: given, worker, status, reason: refusal(state) } }];
}

/** The result of a job whose last attempt was lost too. */
function workerLost(worker: string, at: string): Outcome {
  return {
    exitCode: UNEXPECTED_EXIT_CODE,
    status: verdict(UNEXPECTED_EXIT_CODE).status,
    message: `worker lost (${MAX_ATTEMPTS} attempts)`,
    version: null,
    durationSeconds: 0,
    finishedAt: at,
    worker,
    tests: [],
    logBytes: 0,
    artifactsBytes: 0,
    testbedDigest: null,
  };
}

function abandon(state: Known, { runId, attempt, reason, at }: Command<'abandon'>): TestRunEvent[] {
  if (state.kind !== 'open' || state.worker === null || attempt !== state.attempt) return [];
  const { worker } = state;
  const abandoned: TestRunEvent = { type: 'TestAbandoned', data: { runId, attempt, worker, reason } };
  if (attempt < MAX_ATTEMPTS) return [abandoned];
  return [abandoned, { type: 'TestFinished', data: { ...workerLost(worker, at), runId, attempt } }];
}

function cancel(state: Known, { runId, by, reason }: Decision): TestRunEvent[] {
  return state.kind === 'open' ? [{ type: 'TestCancelled', data: { runId, by, reason } }] : [];
}

function publish(state: Known, { runId, by, reason }: Decision): TestRunEvent[] {
  return state.job.private && !state.published ? [{ type: 'TestPublished', data: { runId, by, reason } }] : [];
}

function purge(state: Known, { runId, by, reason }: Decision): TestRunEvent[] {
  return state.kind === 'finished' && !state.purged ? [{ type: 'TestFilesPurged', data: { runId, by, reason } }] : [];
}

function decide(state: TestRun, command: TestRunCommand): TestRunEvent[] {
  if (command.type === 'enqueue') return enqueue(state, command);
  if (state.kind === 'none') throw new UnknownRunError(command.runId);
  switch (command.type) {
    case 'start':
      return start(state, command);
    case 'finish':
      return finish(state, command);
    case 'abandon':
      return abandon(state, command);
    case 'cancel':
      return cancel(state, command);
    case 'publish':
      return publish(state, command);
    case 'purge':
      return purge(state, command);
  }
}

function attemptsOf(state: Known): Attempts {
  const { job, attempt, ignored, published, purged } = state;
  return { job, attempt, ignored, published, purged };
}

function evolveKnown(state: Known, event: Exclude<TestRunEvent, { type: 'TestEnqueued' }>): Known {
  switch (event.type) {
    case 'TestStarted':
      return state.kind === 'open' ? { ...state, worker: event.data.worker } : state;
    case 'TestAbandoned':
      return state.kind === 'open' ? { ...state, attempt: event.data.attempt + 1, worker: null } : state;
    case 'TestFinished': {
      const { attempt, worker } = event.data;
      // An end that follows the loss of the last attempt is ours, not a worker's.
      const givenUp = attempt >= MAX_ATTEMPTS && state.attempt > attempt;
      return { ...attemptsOf(state), kind: 'finished', finishedBy: givenUp ? null : deliverer(attempt, worker) };
    }
    case 'TestResultIgnored':
      return { ...state, ignored: [...state.ignored, deliverer(event.data.attempt, event.data.worker)] };
    case 'TestCancelled':
      return { ...attemptsOf(state), kind: 'cancelled' };
    case 'TestPublished':
      return { ...state, published: true };
    case 'TestFilesPurged':
      return { ...state, purged: true };
  }
}

function evolve(state: TestRun, event: TestRunEvent): TestRun {
  if (event.type === 'TestEnqueued') {
    return { kind: 'open', job: event.data, attempt: 1, worker: null, ignored: [], published: false, purged: false };
  }
  return state.kind === 'none' ? state : evolveKnown(state, event);
}

export const testRunDecider: Decider<TestRun, TestRunCommand, TestRunEvent> = {
  initialState: { kind: 'none' },
  decide,
  evolve,
};
