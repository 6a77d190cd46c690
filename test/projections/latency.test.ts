import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketOf, secondsOf } from '../../src/projections/latency.js';
import { aJob, anOutcome, RecordedEvents } from '../support/event-log.js';
import { readModelOfLog } from '../support/read-models.js';

const all = ['unstable', 'amd64', '', '~'] as const;

/** A log of one run after another: each waits and runs so many minutes; events come a minute apart by themselves. */
class Runs {
  readonly log = new RecordedEvents();

  finished(
    runId: number,
    { startedAfter, runs, hidden }: { startedAfter?: number; runs: number; hidden?: boolean },
  ): void {
    const job = aJob({ runId, private: hidden ?? false });
    const { time } = this.log.append({ type: 'TestEnqueued', data: job });
    const minute = (n: number): string => new Date(Date.parse(time) + n * 60_000).toISOString();
    if (startedAfter !== undefined) {
      const started = this.log.append({ type: 'TestStarted', data: { runId, attempt: 1, worker: 'w' } });
      Object.assign(started, { time: minute(startedAfter) });
    }
    const finishedAt = minute((startedAfter ?? 1) + runs);
    const outcome = anOutcome({ finishedAt, durationSeconds: runs * 60 });
    this.log.append({ type: 'TestFinished', data: { ...outcome, runId, attempt: 1 } });
  }
}

describe('the latency of a day', () => {
  it('tells how long runs waited for a worker and for their result, in the middle and nearly at worst', () => {
    const runs = new Runs();
    for (let n = 1; n <= 100; n++) runs.finished(n, { startedAfter: n <= 90 ? 10 : 60, runs: 20 });
    const [day] = readModelOfLog(runs.log.events).latency.days(...all);
    expect(day).toMatchObject({ day: '2026-01-01', runs: 100 });
    expect(day?.start.median).toBeCloseTo(600, -2);
    expect(day?.start.p95).toBeGreaterThan(3600 / 1.05);
    expect(day?.start.p95).toBeLessThan(3600 * 1.05);
    expect(day?.finish.median).toBeGreaterThan(1800 / 1.05);
    expect(day?.finish.p95).toBeLessThan(4800 * 1.05);
  });

  it('reckons the start from the end where a worker does not say when it starts', () => {
    const runs = new Runs();
    runs.finished(1, { runs: 30 });
    const [day] = readModelOfLog(runs.log.events).latency.days(...all);
    expect(day?.start.median).toBeGreaterThan(60 / 1.05);
    expect(day?.start.median).toBeLessThan(60 * 1.05);
  });

  it('leaves private runs out until they are published', () => {
    const runs = new Runs();
    runs.finished(1, { runs: 5, hidden: true });
    expect(readModelOfLog(runs.log.events).latency.days(...all)).toEqual([]);
    runs.log.append({ type: 'TestPublished', data: { runId: 1, by: 'user:alice', reason: null } });
    expect(readModelOfLog(runs.log.events).latency.days(...all)).toMatchObject([{ day: '2026-01-01', runs: 1 }]);
  });

  it('survives a worker whose clock is behind', () => {
    const runs = new Runs();
    runs.finished(1, { startedAfter: -10, runs: -5 });
    expect(readModelOfLog(runs.log.events).latency.days(...all)[0]?.finish).toEqual({ median: 1, p95: 1 });
  });
});

describe('a bucket', () => {
  it('stands for times that are at most 4.5 % off', () => {
    fc.assert(
      fc.property(fc.double({ min: 2, max: 1e8, noNaN: true }), (seconds) => {
        const shown = secondsOf(bucketOf(seconds));
        expect(Math.abs(shown / seconds - 1)).toBeLessThan(0.0451);
      }),
    );
  });
});
