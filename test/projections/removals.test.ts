import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { PackageEvent, TestRunEvent } from '../../src/domain/events.js';
import type { Position } from '../../src/domain/ports/event-store.js';
import type { ReadModel } from '../../src/projections/read-model.js';
import { finishedRun, RecordedEvents } from '../support/event-log.js';
import { readModelOfLog } from '../support/read-models.js';
import { siteOf } from '../support/sites.js';

const gone = { package: 'cat', suite: 'unstable', arch: 'amd64', by: 'root' };
const removed: PackageEvent = { type: 'PackageRemoved', data: gone };
const returned: PackageEvent = { type: 'PackageReturned', data: gone };
const MARKED_AT = '2026-02-01T00:00:00.000Z';

/** Runs, and then what was found of packages. */
function modelOf(runs: readonly TestRunEvent[], ...marks: readonly PackageEvent[]): ReadModel {
  const log = new RecordedEvents();
  for (const event of runs) log.append(event);
  const events = [...log.events];
  for (const [n, mark] of marks.entries()) {
    const metadata = { actor: 'user:root', causationId: null, correlationId: null };
    const position = `9${String(n).padStart(15, '0')}` as Position;
    const place = { stream: 'package-cat', revision: n, position };
    events.push({ ...mark, ...place, id: randomUUID(), schemaVersion: 1, time: MARKED_AT, metadata });
  }
  return readModelOfLog(events);
}

describe('a package that its archive has no more', () => {
  const failing = { status: 'fail', exitCode: 4, durationSeconds: 4000 } as const;
  const runs = [
    ...finishedRun({ runId: 1, package: 'ant' }, failing),
    ...finishedRun({ runId: 2, package: 'cat' }, failing),
    ...finishedRun({ runId: 3, package: 'cat', arch: 'arm64' }),
    ...finishedRun({ runId: 4, package: 'cat', suite: 'testing' }, failing),
  ];
  const failed = ({ packages }: ReadModel, filter = {}): string[] =>
    packages
      .statuses({ status: 'fail', ...filter }, { limit: 10 })
      .items.map(({ package: name, suite }) => `${name} ${suite}`);

  it('leaves the lists of statuses of that suite and architecture, and no others', () => {
    const model = modelOf(runs, removed);
    expect(failed(modelOf(runs))).toEqual(['cat testing', 'ant unstable', 'cat unstable']);
    expect(failed(model)).toEqual(['cat testing', 'ant unstable']);
    expect(failed(model, { minDurationSeconds: 3600 })).toEqual(['cat testing', 'ant unstable']);
    expect(failed(model, { removed: true })).toEqual(['cat testing', 'ant unstable', 'cat unstable']);
    expect([...model.records.platform('unstable', 'amd64')].flat().map((one) => one.package)).toEqual(['ant']);
  });

  it('makes no difference between architectures', () => {
    const different = (model: ReadModel): string[] =>
      model.issues.platformSpecific({}, { limit: 10 }).items.map((one) => one.package);
    expect(different(modelOf(runs))).toEqual(['cat']);
    expect(different(modelOf(runs, removed))).toEqual([]);
  });

  it('counts no longer, from that day on', () => {
    const later = finishedRun({ runId: 5, package: 'dog' }, { finishedAt: '2026-02-02T00:00:00.000Z' });
    const { counts } = modelOf([...runs, ...later], removed);
    const platform = counts.platforms().find(({ suite, arch }) => suite === 'unstable' && arch === 'amd64');
    expect(platform?.packages).toEqual({ pass: 1, fail: 1, neutral: 0, tmpfail: 0 });
    expect(counts.days('unstable', 'amd64', '', '~').map(({ day, packages }) => [day, packages.fail])).toEqual([
      ['2026-01-01', 2],
      ['2026-02-02', 1],
    ]);
  });

  it('keeps its page, its history and its past, and says since when it is gone', () => {
    const model = modelOf(runs, removed);
    const matrix = model.packages.matrix('cat');
    expect(matrix.map(({ suite, arch, removedAt }) => [suite, arch, removedAt])).toEqual([
      ['testing', 'amd64', null],
      ['unstable', 'amd64', MARKED_AT],
      ['unstable', 'arm64', null],
    ]);
    expect(model.runs.history({ package: 'cat', suite: 'unstable', arch: 'amd64' }, { limit: 5 }).items).toHaveLength(
      1,
    );
    const asOf = '2026-01-15T00:00:00.000Z';
    const then = model.packages.statuses({ status: 'fail' }, { limit: 10, asOf }).items;
    expect(then.map((one) => one.package)).toEqual(['cat', 'ant', 'cat']);
    const page = siteOf(model).page({ kind: 'package', package: 'cat' });
    expect(page?.match(/gone from the archive/g)).toHaveLength(1);
    expect(page).toContain(`datetime="${MARKED_AT}"`);
  });

  it('is as before when it has returned', () => {
    const model = modelOf(runs, removed, returned);
    expect(failed(model)).toEqual(failed(modelOf(runs)));
    expect(model.counts.platforms()).toEqual(modelOf(runs).counts.platforms());
    expect(model.packages.matrix('cat')).toEqual(modelOf(runs).packages.matrix('cat'));
  });
});
