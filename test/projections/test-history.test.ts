import { describe, expect, it } from 'vitest';
import { ProjectedTestHistory } from '../../src/projections/test-history.js';
import { aJob, finishedRun } from '../support/event-log.js';
import { readModelOf } from '../support/read-models.js';

const PLATFORM = { suite: 'unstable', arch: 'amd64' };
const NOBODY = new Map<string, number>();
const PINS = [{ suite: 'experimental', packages: ['libc6'] }];

describe('what batch asks of the read model', () => {
  it('is the newest run of each package that counts, on one platform', () => {
    const model = readModelOf(
      ...finishedRun({ runId: 1 }, { status: 'fail', finishedAt: '2026-01-01T12:00:00.000Z' }),
      ...finishedRun({ runId: 2 }, { finishedAt: '2026-01-02T12:00:00.000Z', durationSeconds: 7 }),
      ...finishedRun({ runId: 3, package: 'dpkg', pins: PINS }),
      ...finishedRun({ runId: 4, package: 'apt', private: true }),
      ...finishedRun({ runId: 5, package: 'sed', suite: 'testing' }),
    );
    expect(new ProjectedTestHistory(model).of(PLATFORM, NOBODY)).toEqual({
      removed: new Set(),
      backends: new Map(),
      lastRuns: new Map([
        ['hello', { runId: 2, status: 'pass', endedAt: '2026-01-02T12:00:00.000Z', durationSeconds: 7 }],
      ]),
      pending: new Set(),
    });
  });

  it('is which packages are pending, pinned and private runs aside', () => {
    const model = readModelOf(
      { type: 'TestEnqueued', data: aJob({ runId: 1 }) },
      { type: 'TestEnqueued', data: aJob({ runId: 2, package: 'dpkg', pins: PINS }) },
      { type: 'TestEnqueued', data: aJob({ runId: 3, package: 'apt', private: true }) },
      { type: 'TestEnqueued', data: aJob({ runId: 4, package: 'sed', arch: 'arm64' }) },
      { type: 'TestEnqueued', data: aJob({ runId: 5, package: 'gzip' }) },
      { type: 'TestCancelled', data: { runId: 5, by: 'alice', reason: null } },
    );
    expect(new ProjectedTestHistory(model).of(PLATFORM, NOBODY).pending).toEqual(new Set(['hello']));
  });

  it('counts as pending what was asked for and has not come in yet, but not what has come and gone', () => {
    const model = readModelOf(...finishedRun({ runId: 1 }), ...finishedRun({ runId: 2, package: 'dpkg' }));
    const asked = new Map([
      ['hello', 1],
      ['dpkg', 9],
      ['new', 10],
    ]);
    expect(new ProjectedTestHistory(model).of(PLATFORM, asked).pending).toEqual(new Set(['dpkg', 'new']));
  });

  it('is read to its end, however much it is', () => {
    const many = Array.from({ length: 2500 }, (_, i) => finishedRun({ runId: i + 1, package: `p${i}` })).flat();
    const open = Array.from({ length: 1200 }, (_, i) => ({
      type: 'TestEnqueued' as const,
      data: aJob({ runId: 5000 + i, package: `p${i}` }),
    }));
    const { lastRuns, pending } = new ProjectedTestHistory(readModelOf(...many, ...open)).of(PLATFORM, NOBODY);
    expect([lastRuns.size, pending.size]).toEqual([2500, 1200]);
  });
});
