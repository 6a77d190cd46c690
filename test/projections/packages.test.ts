import { describe, expect, it } from 'vitest';
import { finishedRun } from '../support/event-log.js';
import { readModelOf } from '../support/read-models.js';

const at = (day: number): string => `2026-02-0${day}T00:00:00.000Z`;
const pins = [{ suite: 'experimental', packages: ['src:glibc'] }];

describe('the status of a package', () => {
  it('is that of its newest run by date, whichever result came last', () => {
    const readModel = readModelOf(
      ...finishedRun({ runId: 2 }, { status: 'fail', finishedAt: at(5) }),
      ...finishedRun({ runId: 1 }, { status: 'pass', finishedAt: at(4), version: '2.10-2' }),
    );
    expect(readModel.packages.matrix('hello')).toMatchObject([
      { run: { runId: 2, status: 'fail' }, previousStatus: 'pass', lastPassAt: at(4), lastPassVersion: '2.10-2' },
    ]);
  });

  it('does not care about pinned runs', () => {
    const readModel = readModelOf(
      ...finishedRun({ runId: 1 }, { status: 'pass', finishedAt: at(1) }),
      ...finishedRun({ runId: 2, pins }, { status: 'fail', finishedAt: at(2) }),
    );
    expect(readModel.packages.matrix('hello')).toMatchObject([{ run: { runId: 1 }, previousStatus: null }]);
    expect(readModel.packages.news({ limit: 9 }).items).toEqual([]);
  });

  it('is nothing yet for a package that only has pinned runs', () => {
    const readModel = readModelOf(...finishedRun({ runId: 1, pins }));
    expect(readModel.packages.matrix('hello')).toMatchObject([{ suite: 'unstable', arch: 'amd64', run: null }]);
  });

  it('is listed by suite, arch and package, filtered and paged', () => {
    const names = ['apt', 'bash', 'curl', 'dash'];
    const events = names.flatMap((name, index) => [
      ...finishedRun({ runId: 2 * index + 1, package: name }, { status: index % 2 === 0 ? 'pass' : 'fail' }),
      ...finishedRun({ runId: 2 * index + 2, package: name, arch: 'arm64' }, { status: 'fail' }),
    ]);
    const { packages } = readModelOf(...events);
    const list = (...[filter, options]: Parameters<typeof packages.statuses>): string[] =>
      packages.statuses(filter, options).items.map((status) => `${status.arch}/${status.package}`);
    expect(list({ arch: 'amd64', suite: 'unstable', status: 'fail' }, { limit: 9 })).toEqual([
      'amd64/bash',
      'amd64/dash',
    ]);
    expect(list({ namePrefix: 'ba' }, { limit: 9 })).toEqual(['amd64/bash', 'arm64/bash']);
    const first = packages.statuses({}, { limit: 5 });
    expect(list({}, { limit: 9, after: first.next! })).toEqual(['arm64/bash', 'arm64/curl', 'arm64/dash']);
  });
});

describe('news', () => {
  it('look through tmpfails, and leave out a package’s first verdict', () => {
    const statuses = ['pass', 'tmpfail', 'pass', 'tmpfail', 'fail'] as const;
    const events = statuses.flatMap((status, day) =>
      finishedRun({ runId: day + 1 }, { status, finishedAt: at(day + 1) }),
    );
    const { items } = readModelOf(...events).packages.news({ limit: 9 });
    expect(items).toMatchObject([{ run: { runId: 5, status: 'fail' }, previousStatus: 'pass' }]);
  });

  it('of one package come in pages', () => {
    const events = [1, 2, 3, 4, 5].flatMap((day) =>
      finishedRun({ runId: day }, { status: day % 2 === 0 ? 'fail' : 'pass', finishedAt: at(day) }),
    );
    const { packages } = readModelOf(...events);
    const first = packages.news({ package: 'hello', limit: 3 });
    expect(first.items.map(({ run }) => run.runId)).toEqual([5, 4, 3]);
    const rest = packages.news({ package: 'hello', limit: 3, before: first.next! });
    expect(rest.items.map(({ run }) => run.runId)).toEqual([2]);
    expect(packages.news({ package: 'other', limit: 3 }).items).toEqual([]);
  });
});

describe('the search for packages', () => {
  const search = (text: string, limit = 9): string[] => {
    const names = ['libxml2', 'xml2', 'hello', 'python3-xml', 'xml2-utils'];
    const events = names.flatMap((name, index) => finishedRun({ runId: index + 1, package: name }));
    return readModelOf(...events).packages.search(text, limit);
  };

  it('finds names that begin with the text before those that hold it', () => {
    expect(search('xml')).toEqual(['xml2', 'xml2-utils', 'libxml2', 'python3-xml']);
    expect(search(' XML2 ', 2)).toEqual(['xml2', 'xml2-utils']);
  });

  it('takes the text literally', () => {
    for (const text of ['%', '_', 'h%o', '\\', "'", '*', '']) expect(search(text), text).toEqual([]);
  });
});

describe('prefixes', () => {
  it('are Debian’s, with their packages and how these stand', () => {
    const { packages } = readModelOf(
      ...finishedRun({ runId: 1, package: 'hello' }),
      ...finishedRun({ runId: 2, package: 'hello', arch: 'arm64' }, { status: 'fail' }),
      ...finishedRun({ runId: 3, package: 'hashcat', pins }),
      ...finishedRun({ runId: 4, package: 'libxml2' }),
    );
    expect(packages.prefixes()).toEqual([
      { prefix: 'h', packages: 2 },
      { prefix: 'libx', packages: 1 },
    ]);
    const none = { pass: 0, fail: 0, neutral: 0, tmpfail: 0 };
    expect(packages.withPrefix('h')).toEqual([
      { name: 'hashcat', statuses: none },
      { name: 'hello', statuses: { ...none, pass: 1, fail: 1 } },
    ]);
  });
});
