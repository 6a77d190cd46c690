import { describe, expect, it } from 'vitest';
import { fold } from '../../src/domain/decider.js';
import { InvalidInputError, UnknownRunError } from '../../src/domain/errors.js';
import type { TestRunEvent } from '../../src/domain/events.js';
import { MAX_ATTEMPTS, testRunDecider, testStream, type TestRunCommand } from '../../src/domain/test-run.js';
import { sampleJob, outcomeOf } from './arbitraries.js';

const { runId } = sampleJob;
const at = '2026-05-01T12:00:00.000Z';
const enqueue: TestRunCommand = { type: 'enqueue', job: sampleJob };
const start = (attempt: number, worker: string): TestRunCommand => ({ type: 'start', runId, attempt, worker });
const abandon = (attempt: number): TestRunCommand => ({ type: 'abandon', runId, attempt, reason: 'silent', at });
const finish = (attempt: number | null, worker: string, exitCode = 0): TestRunCommand => ({
  type: 'finish',
  runId,
  attempt,
  outcome: outcomeOf(worker, exitCode),
});
const decision = (type: 'cancel' | 'publish' | 'purge'): TestRunCommand => ({
  type,
  runId,
  by: 'user:ann',
  reason: null,
});

/** All that the commands make happen, one after the other. */
function history(...commands: TestRunCommand[]): TestRunEvent[] {
  const events: TestRunEvent[] = [];
  for (const command of commands) events.push(...testRunDecider.decide(fold(testRunDecider, events), command));
  return events;
}

/** What the last of the commands makes happen. */
function last(...commands: TestRunCommand[]): TestRunEvent[] {
  const before = history(...commands.slice(0, -1));
  return history(...commands).slice(before.length);
}

/** Every attempt up to and with this one begun by a worker of its own, and lost. */
function lost(attempts: number): TestRunCommand[] {
  return Array.from({ length: attempts }, (_, i) => [start(i + 1, `w${i + 1}`), abandon(i + 1)]).flat();
}

describe('a run', () => {
  it('lives in the stream of its id', () => {
    expect(testStream(17)).toBe('test-17');
  });

  it('begins with its job, and asking for the very same again changes nothing', () => {
    expect(history(enqueue, { type: 'enqueue', job: structuredClone(sampleJob) })).toEqual([
      { type: 'TestEnqueued', data: sampleJob },
    ]);
  });

  it('never takes a second, different job', () => {
    const other: TestRunCommand = { type: 'enqueue', job: { ...sampleJob, package: 'dpkg' } };
    expect(() => history(enqueue, other)).toThrow(InvalidInputError);
  });

  it.each([start(1, 'w1'), finish(1, 'w1'), abandon(1), decision('cancel'), decision('publish'), decision('purge')])(
    'that is not known is an error to $type',
    (command) => {
      expect(() => history(command)).toThrow(UnknownRunError);
    },
  );
});

describe('an attempt', () => {
  it('is started by a worker, once', () => {
    const started = { type: 'TestStarted', data: { runId, attempt: 1, worker: 'w1' } };
    expect(last(enqueue, start(1, 'w1'))).toEqual([started]);
    expect(last(enqueue, start(1, 'w1'), start(1, 'w1'))).toEqual([]);
  });

  it('may pass to another worker, when the broker hands the dispatch out again', () => {
    expect(last(enqueue, start(1, 'w1'), start(1, 'w2'))).toMatchObject([
      { type: 'TestStarted', data: { worker: 'w2' } },
    ]);
  });

  it('that is over, or still to come, is not started', () => {
    expect(last(enqueue, ...lost(1), start(1, 'w1'))).toEqual([]);
    expect(last(enqueue, start(2, 'w1'))).toEqual([]);
    expect(last(enqueue, finish(1, 'w1'), start(1, 'w2'))).toEqual([]);
  });

  it('is abandoned only while a worker runs it', () => {
    expect(last(enqueue, abandon(1))).toEqual([]);
    expect(last(enqueue, ...lost(1), abandon(1))).toEqual([]);
    expect(last(enqueue, ...lost(1), abandon(2))).toEqual([]);
    expect(last(enqueue, start(1, 'w1'), finish(1, 'w1'), abandon(1))).toEqual([]);
  });

  it('that is abandoned makes way for the next one', () => {
    expect(last(enqueue, start(1, 'w1'), abandon(1))).toEqual([
      { type: 'TestAbandoned', data: { runId, attempt: 1, worker: 'w1', reason: 'silent' } },
    ]);
    expect(last(enqueue, ...lost(1), start(2, 'w2'))).toMatchObject([{ type: 'TestStarted', data: { attempt: 2 } }]);
  });

  it('that is the last one ends the run with tmpfail, worker lost', () => {
    const end = last(enqueue, ...lost(MAX_ATTEMPTS));
    expect(end).toMatchObject([
      { type: 'TestAbandoned', data: { attempt: MAX_ATTEMPTS } },
      { type: 'TestFinished', data: { attempt: MAX_ATTEMPTS, status: 'tmpfail', exitCode: 20, finishedAt: at } },
    ]);
    expect(end[1]).toMatchObject({ data: { message: 'worker lost (3 attempts)', version: null, worker: 'w3' } });
  });
});

describe('a result', () => {
  it('finishes the run, with all that the worker said', () => {
    expect(last(enqueue, start(1, 'w1'), finish(1, 'w1', 4))).toEqual([
      { type: 'TestFinished', data: { runId, attempt: 1, ...outcomeOf('w1', 4) } },
    ]);
  });

  it('needs no start before it', () => {
    expect(last(enqueue, finish(1, 'w1'))).toMatchObject([{ type: 'TestFinished', data: { attempt: 1 } }]);
  });

  it('of a worker that does not count attempts is of the present one', () => {
    expect(last(enqueue, ...lost(1), finish(null, 'debian'))).toMatchObject([
      { type: 'TestFinished', data: { attempt: 2 } },
    ]);
    expect(last(enqueue, finish(null, 'debian'), finish(null, 'debian'))).toEqual([]);
  });

  it('that comes late, of an abandoned attempt, counts if no other was first', () => {
    expect(last(enqueue, ...lost(1), start(2, 'w2'), finish(1, 'w1'))).toMatchObject([
      { type: 'TestFinished', data: { attempt: 1, worker: 'w1', status: 'pass' } },
    ]);
  });

  it('that comes after another is put on record once, and changes nothing', () => {
    const late = [enqueue, ...lost(1), finish(2, 'w2'), finish(1, 'w1', 4)];
    expect(last(...late)).toEqual([
      {
        type: 'TestResultIgnored',
        data: { runId, attempt: 1, worker: 'w1', status: 'fail', reason: 'already finished (2/w2)' },
      },
    ]);
    expect(last(...late, finish(1, 'w1', 4))).toEqual([]);
    expect(last(...late, finish(2, 'w2'))).toEqual([]);
  });

  it('that comes after the run was cancelled is put on record once', () => {
    const late = [enqueue, start(1, 'w1'), decision('cancel'), finish(1, 'w1')];
    expect(last(...late)).toMatchObject([{ type: 'TestResultIgnored', data: { reason: 'cancelled' } }]);
    expect(last(...late, finish(1, 'w1'))).toEqual([]);
  });

  it('that comes after the run was given up is put on record once, even from the worker that was lost last', () => {
    const late = [enqueue, ...lost(MAX_ATTEMPTS), finish(MAX_ATTEMPTS, 'w3')];
    expect(last(...late)).toMatchObject([
      {
        type: 'TestResultIgnored',
        data: { attempt: 3, worker: 'w3', status: 'pass', reason: 'given up: workers lost' },
      },
    ]);
    expect(last(...late, finish(MAX_ATTEMPTS, 'w3'))).toEqual([]);
    expect(last(...late, finish(null, 'debian'))).toMatchObject([{ type: 'TestResultIgnored', data: { attempt: 3 } }]);
  });
});

describe('a decision', () => {
  it.each([
    ['cancel', 'TestCancelled'],
    ['publish', 'TestPublished'],
    ['purge', 'TestFilesPurged'],
  ] as const)('to %s is kept with who and why, and made once', (type, event) => {
    const before = type === 'purge' ? [enqueue, finish(1, 'w1')] : [enqueue];
    const made: TestRunCommand = { type, runId, by: 'user:ann', reason: 'because' };
    expect(last(...before, made)).toEqual([{ type: event, data: { runId, by: 'user:ann', reason: 'because' } }]);
    expect(last(...before, made, made)).toEqual([]);
  });

  it('to cancel comes too late for a finished run', () => {
    expect(last(enqueue, finish(1, 'w1'), decision('cancel'))).toEqual([]);
  });

  it('to publish means something for a private run only', () => {
    expect(last({ type: 'enqueue', job: { ...sampleJob, private: false } }, decision('publish'))).toEqual([]);
  });

  it('to purge means something for a finished run only', () => {
    expect(last(enqueue, decision('purge'))).toEqual([]);
    expect(last(enqueue, decision('cancel'), decision('purge'))).toEqual([]);
  });
});
