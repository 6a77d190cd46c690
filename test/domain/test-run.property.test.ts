import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fold } from '../../src/domain/decider.js';
import { InvalidInputError, UnknownRunError } from '../../src/domain/errors.js';
import type { TestRunEvent } from '../../src/domain/events.js';
import { MAX_ATTEMPTS, testRunDecider, type TestRun, type TestRunCommand } from '../../src/domain/test-run.js';
import { sampleJob, outcomeOf } from './arbitraries.js';

/**
 * Any commands in any order, as often as they like. Few values, so that they meet: two workers, the attempts
 * that there can be and one more, a private and a public job. An attempt of 0 stands for the present one,
 * whichever that is when the command comes: else few runs would ever reach the last one.
 */
const PRESENT = 0;
const { runId } = sampleJob;
const workers = fc.constantFrom('w1', 'w2');
const attempts = fc.oneof({ weight: 4, arbitrary: fc.constant(PRESENT) }, fc.integer({ min: 1, max: MAX_ATTEMPTS }));
const decision = fc.record({
  type: fc.constantFrom('cancel' as const, 'publish' as const, 'purge' as const),
  runId: fc.constant(runId),
  by: fc.constant('user:ann'),
  reason: fc.constant(null),
});
const enqueues = fc
  .boolean()
  .map((isPrivate) => ({ type: 'enqueue' as const, job: { ...sampleJob, private: isPrivate } }));
const starts = fc.record({
  type: fc.constant('start' as const),
  runId: fc.constant(runId),
  attempt: fc.oneof(attempts, fc.constant(MAX_ATTEMPTS + 1)),
  worker: workers,
});
const finishes = fc.record({
  type: fc.constant('finish' as const),
  runId: fc.constant(runId),
  attempt: fc.option(attempts),
  outcome: fc.tuple(workers, fc.constantFrom(0, 4, 8, 16)).map(([worker, exitCode]) => outcomeOf(worker, exitCode)),
});
const abandons = fc.record({
  type: fc.constant('abandon' as const),
  runId: fc.constant(runId),
  attempt: fc.oneof(attempts, fc.constant(MAX_ATTEMPTS + 1)),
  reason: fc.constant('silent'),
  at: fc.constant('2026-05-01T12:00:00.000Z'),
});
const commands: fc.Arbitrary<TestRunCommand> = fc.oneof(
  { weight: 1, arbitrary: enqueues },
  { weight: 6, arbitrary: starts },
  { weight: 6, arbitrary: abandons },
  { weight: 1, arbitrary: finishes },
  { weight: 1, arbitrary: decision },
);

interface Step {
  readonly before: TestRun;
  readonly command: TestRunCommand;
  readonly events: readonly TestRunEvent[];
  readonly after: TestRun;
}

/** Runs commands one after the other; what is refused by a named error happens not at all. */
function play(given: readonly TestRunCommand[]): Step[] {
  let state = testRunDecider.initialState;
  return given.map((template) => {
    const before = state;
    const command = resolved(template, before);
    const events = attempted(state, command);
    for (const event of events) state = testRunDecider.evolve(state, event);
    return { before, command, events, after: state };
  });
}

function resolved(command: TestRunCommand, state: TestRun): TestRunCommand {
  if (!('attempt' in command) || command.attempt !== PRESENT) return command;
  return { ...command, attempt: state.kind === 'none' ? 1 : Math.min(state.attempt, MAX_ATTEMPTS) };
}

function attempted(state: TestRun, command: TestRunCommand): TestRunEvent[] {
  try {
    return testRunDecider.decide(state, command);
  } catch (error) {
    if (state.kind === 'none') expect(error).toBeInstanceOf(UnknownRunError);
    else expect([error, command.type]).toEqual([expect.any(InvalidInputError), 'enqueue']);
    return [];
  }
}

/** The invariant holds for whatever steps; half of the time they begin with the job, for the other rules to be reached. */
function always(invariant: (steps: readonly Step[], all: readonly TestRunEvent[]) => void): void {
  const lists = fc.array(commands, { maxLength: 40, size: 'max' });
  const begun = fc.tuple(enqueues, lists).map(([first, rest]) => [first, ...rest]);
  fc.assert(
    fc.property(fc.oneof(lists, begun), (given) => {
      const steps = play(given);
      invariant(
        steps,
        steps.flatMap(({ events }) => events),
      );
    }),
    { numRuns: 1000 },
  );
}

function ofType<Type extends TestRunEvent['type']>(
  events: readonly TestRunEvent[],
  type: Type,
): Extract<TestRunEvent, { type: Type }>[] {
  return events.filter((event): event is Extract<TestRunEvent, { type: Type }> => event.type === type);
}

const unique = (values: readonly string[]): void => {
  expect(values).toEqual([...new Set(values)]);
};

describe('whatever commands come, in whatever order and however often', () => {
  it('the run is enqueued at most once, and nothing happens before', () => {
    always((_, all) => {
      expect(ofType(all, 'TestEnqueued')).toHaveLength(all.length === 0 ? 0 : 1);
      if (all[0]) expect(all[0].type).toBe('TestEnqueued');
    });
  });

  it('it ends at most once: finished or cancelled, never both', () => {
    always((_, all) => {
      const ends = all.filter(({ type }) => type === 'TestFinished' || type === 'TestCancelled');
      expect(ends.length).toBeLessThanOrEqual(1);
    });
  });

  it('after the end nothing is started, abandoned or cancelled', () => {
    always((_, all) => {
      const end = all.findIndex(({ type }) => type === 'TestFinished' || type === 'TestCancelled');
      const after = end === -1 ? [] : all.slice(end + 1).map(({ type }) => type);
      for (const type of after) expect(['TestResultIgnored', 'TestPublished', 'TestFilesPurged']).toContain(type);
    });
  });

  it('a command right after itself changes nothing', () => {
    always((steps) => {
      for (const { command, after } of steps) expect(attempted(after, command)).toEqual([]);
    });
  });

  it('what was done is never asked for again: the same history gives the same state', () => {
    always((steps, all) => {
      if (steps.length > 0) expect(fold(testRunDecider, all)).toEqual(steps.at(-1)!.after);
    });
  });

  it('a result for an open run finishes it, of whichever attempt it is', () => {
    always((steps) => {
      for (const { before, command, events } of steps) {
        if (before.kind !== 'open' || command.type !== 'finish') continue;
        const attempt = command.attempt ?? before.attempt;
        expect(events).toEqual([{ type: 'TestFinished', data: { ...command.outcome, runId, attempt } }]);
      }
    });
  });

  it('a result is never lost: it counts, or it is on record as ignored, once an attempt and worker', () => {
    always((steps, all) => {
      const counted = [...ofType(all, 'TestFinished'), ...ofType(all, 'TestResultIgnored')]
        .filter(({ data }) => !('message' in data && data.message.startsWith('worker lost')))
        .map(({ data }) => `${data.attempt}/${data.worker}`);
      unique(counted);
      for (const { before, command } of steps) {
        if (before.kind === 'none' || command.type !== 'finish') continue;
        const attempt = command.attempt ?? Math.min(before.attempt, MAX_ATTEMPTS);
        expect(counted).toContain(`${attempt}/${command.outcome.worker}`);
      }
    });
  });

  it('each attempt is abandoned at most once, in order, and only by the worker that had begun it', () => {
    always((_, all) => {
      const abandoned = ofType(all, 'TestAbandoned').map(({ data }) => data);
      expect(abandoned.map(({ attempt }) => attempt)).toEqual(abandoned.map((__, i) => i + 1));
      for (const data of abandoned) {
        const of = ofType(all, 'TestStarted').filter((started) => started.data.attempt === data.attempt);
        expect(of.at(-1)?.data.worker).toBe(data.worker);
      }
    });
  });

  it('there are at most MAX_ATTEMPTS attempts; when the last is lost the run is tmpfail, "worker lost"', () => {
    always((_, all) => {
      for (const { data } of all) if ('attempt' in data) expect(data.attempt).toBeLessThanOrEqual(MAX_ATTEMPTS);
      const last = all.findIndex(({ type, data }) => type === 'TestAbandoned' && data.attempt === MAX_ATTEMPTS);
      const lost = ofType(all, 'TestFinished').filter(({ data }) => data.message.startsWith('worker lost'));
      expect(lost).toEqual(last === -1 ? [] : [all[last + 1]]);
      for (const { data } of lost) expect(data.status).toBe('tmpfail');
    });
  });

  it('only a private run is published, once', () => {
    always((_, all) => {
      const isPrivate = ofType(all, 'TestEnqueued').some(({ data }) => data.private);
      expect(ofType(all, 'TestPublished').length).toBeLessThanOrEqual(isPrivate ? 1 : 0);
    });
  });

  it('only a finished run is purged, once', () => {
    always((_, all) => {
      const finished = all.findIndex(({ type }) => type === 'TestFinished');
      const purged = all.flatMap(({ type }, i) => (type === 'TestFilesPurged' ? [i] : []));
      expect(purged.length).toBeLessThanOrEqual(finished === -1 ? 0 : 1);
      if (purged[0] !== undefined) expect(purged[0]).toBeGreaterThan(finished);
    });
  });

  it('commands that are not allowed to happen do not change the state', () => {
    always((steps) => {
      for (const { before, events, after } of steps) if (events.length === 0) expect(after).toBe(before);
    });
  });
});

describe('the properties above are about something', () => {
  it('every type of event happens, and runs are given up', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(enqueues, fc.array(commands, { maxLength: 40, size: 'max' }), (first, rest) => {
        for (const { events } of play([first, ...rest])) {
          for (const { type, data } of events) seen.add('message' in data ? `${type} ${data.message}` : type);
        }
      }),
      { numRuns: 2000, seed: 1 },
    );
    expect([...seen]).toEqual(
      expect.arrayContaining([
        'TestEnqueued',
        'TestStarted',
        'TestAbandoned',
        'TestFinished All tests passed',
        `TestFinished worker lost (${MAX_ATTEMPTS} attempts)`,
        'TestResultIgnored',
        'TestCancelled',
        'TestPublished',
        'TestFilesPurged',
      ]),
    );
  });
});

it('any events in any order, even such as no command makes happen, are folded without an error', () => {
  const data = fc.record({ runId: fc.constant(runId), attempt: attempts, worker: workers });
  const events = fc.array(
    fc.oneof(
      fc.constant({ type: 'TestEnqueued', data: sampleJob } as const),
      fc
        .tuple(
          fc.constantFrom(
            'TestStarted',
            'TestFinished',
            'TestAbandoned',
            'TestResultIgnored',
            'TestCancelled',
            'TestPublished',
            'TestFilesPurged',
          ),
          data,
        )
        .map(
          ([type, given]) => ({ type, data: { ...outcomeOf(given.worker, 0), ...given } }) as unknown as TestRunEvent,
        ),
    ),
  );
  fc.assert(
    fc.property(events, (given) => {
      const state = fold(testRunDecider, given);
      expect(['none', 'open', 'finished', 'cancelled']).toContain(state.kind);
    }),
  );
});
