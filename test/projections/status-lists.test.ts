import { describe, expect, it } from 'vitest';
import { finishedRun } from '../support/event-log.js';
import { readModelOf } from '../support/read-models.js';

const at = (day: number): string => `2026-02-0${day}T00:00:00.000Z`;

describe('slow packages', () => {
  it('are those whose newest run took as long as is asked for', () => {
    const durations = { apt: 7200, bash: 30, curl: 3600, dash: 700 };
    const events = Object.entries(durations).flatMap(([name, durationSeconds], n) =>
      finishedRun({ runId: n + 1, package: name }, { durationSeconds }),
    );
    const { packages } = readModelOf(...events, ...finishedRun({ runId: 9, package: 'curl' }, { finishedAt: at(1) }));
    const slow = (minDurationSeconds: number): string[] =>
      packages.statuses({ minDurationSeconds }, { limit: 9 }).items.map((status) => status.package);
    expect(slow(3600)).toEqual(['apt']);
    expect(slow(0)).toEqual(['apt', 'dash']);
  });
});

describe('alerts', () => {
  const { packages } = (() => {
    const events = [
      ...finishedRun({ runId: 1, package: 'never' }, { status: 'fail', finishedAt: at(1) }),
      ...finishedRun({ runId: 2, package: 'broke' }, { status: 'pass', finishedAt: at(1) }),
      ...finishedRun({ runId: 3, package: 'broke' }, { status: 'tmpfail', finishedAt: at(2) }),
      ...finishedRun({ runId: 4, package: 'broke' }, { status: 'fail', finishedAt: at(3) }),
      ...finishedRun({ runId: 5, package: 'mended' }, { status: 'pass', finishedAt: at(1) }),
      ...finishedRun({ runId: 6, package: 'mended' }, { status: 'fail', finishedAt: at(2) }),
      ...finishedRun({ runId: 7, package: 'mended' }, { status: 'neutral', finishedAt: at(3) }),
    ];
    return { packages: () => readModelOf(...events).packages };
  })();

  it('are packages that passed once and fail since then', () => {
    const alerts = packages().statuses({ brokenAfter: at(2) }, { limit: 9 });
    expect(alerts.items).toMatchObject([{ package: 'broke', brokenSince: at(2), run: { status: 'fail' } }]);
  });

  it('may be asked for by when they began', () => {
    expect(packages().statuses({ brokenAfter: at(3) }, { limit: 9 }).items).toEqual([]);
  });

  it('of a past day are told too', () => {
    const { items } = packages().statuses({ brokenAfter: at(1) }, { asOf: at(2), limit: 9 });
    expect(items.map((status) => status.package)).toEqual(['broke', 'mended']);
  });
});

describe('platform-specific issues', () => {
  it('are packages that do not stand alike on all architectures of a suite, tmpfails aside', () => {
    const run = (runId: number, name: string, arch: string, status: 'pass' | 'fail' | 'tmpfail', suite = 'unstable') =>
      finishedRun({ runId, package: name, arch, suite }, { status, finishedAt: at(runId % 9 || 9) });
    const { issues } = readModelOf(
      ...run(1, 'apt', 'amd64', 'pass'),
      ...run(2, 'apt', 'arm64', 'fail'),
      ...run(3, 'bash', 'amd64', 'pass'),
      ...run(4, 'bash', 'arm64', 'tmpfail'),
      ...run(5, 'curl', 'amd64', 'pass'),
      ...run(6, 'curl', 'arm64', 'fail', 'testing'),
      ...run(7, 'dash', 'amd64', 'fail'),
      ...run(8, 'dash', 'arm64', 'pass'),
      ...run(9, 'dash', 'arm64', 'fail'),
      ...run(10, 'xz', 'amd64', 'fail', 'testing'),
      ...run(11, 'xz', 'arm64', 'pass', 'testing'),
    );
    const shown = (options: Parameters<typeof issues.platformSpecific>[1]): string[] =>
      issues
        .platformSpecific({}, options)
        .items.map(
          ({ suite, package: name, statuses }) => `${suite}/${name} ${statuses.map((s) => s.run?.status).join(' ')}`,
        );
    expect(shown({ limit: 9 })).toEqual(['testing/xz fail pass', 'unstable/apt pass fail']);
    expect(shown({ limit: 9, after: { suite: 'testing', package: 'xz' } })).toEqual(['unstable/apt pass fail']);
    expect(issues.platformSpecific({ suite: 'testing' }, { limit: 9 }).items).toHaveLength(1);
    expect(issues.platformSpecific({}, { limit: 1 }).next).toEqual({ suite: 'testing', package: 'xz' });
  });
});
