import { describe, expect, it } from 'vitest';
import type { Outcome, TestRunEvent } from '../../src/domain/events.js';
import type { Job } from '../../src/domain/job.js';
import { pageAt, pagePath, type PageRef } from '../../src/web/site.js';
import { aJob, finishedRun } from '../support/event-log.js';
import { readModelOf } from '../support/read-models.js';
import { siteOf } from '../support/sites.js';

const history: PageRef = { kind: 'history', package: 'hello', suite: 'unstable', arch: 'amd64' };

function page(ref: PageRef, ...events: TestRunEvent[]): string {
  const html = siteOf(readModelOf(...events)).page(ref);
  if (html === null) throw new Error('there is no such page');
  return html;
}

/** The text of a page as a reader gets it. */
function text(html: string): string {
  return html
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

const failing: Partial<Outcome> = { status: 'fail', exitCode: 4, message: 'At least one test failed' };

describe('the home page', () => {
  it('shows the newest results, the prefixes, and a search that needs no script', () => {
    const html = page(
      { kind: 'home' },
      ...finishedRun({ runId: 1, package: 'libxml2' }, failing),
      ...finishedRun({ runId: 2 }, { finishedAt: '2026-01-02T00:00:00.000Z' }),
      { type: 'TestEnqueued', data: aJob({ runId: 3 }) },
    );
    expect(text(html)).toContain('2 packages 0 running 1 waiting');
    expect(html).toContain('<a href="/packages/libx/">libx');
    expect(html).toMatch(/<form [^>]*action="\/packages\/-\/search" method="get">/);
    expect(html.indexOf('href="/packages/h/hello/"')).toBeLessThan(html.indexOf('href="/packages/libx/libxml2/"'));
  });

  it('tells at a glance how each suite stands on each architecture, and what changed', () => {
    const html = page(
      { kind: 'home' },
      ...finishedRun({ runId: 1 }),
      ...finishedRun({ runId: 2 }, { ...failing, finishedAt: '2026-01-02T00:00:00.000Z' }),
      ...finishedRun({ runId: 3, package: 'libxml2' }),
      ...finishedRun({ runId: 4, suite: 'testing', arch: 'arm64' }),
    );
    const [, standing = ''] = /How the suites stand(.*)Good: pass or neutral/.exec(text(html)) ?? [];
    expect(standing).toBe(
      ' Suite amd64 arm64 testing · 100.0 % 100.0 % none failing unstable 50.0 % 50.0 % 1 failing · ',
    );
    expect(html).toContain(
      'href="/status/failing/?suite=unstable&amp;arch=amd64" aria-label="1 failing in unstable on amd64"',
    );
    expect(text(html)).toContain('What changed 2026-01-02 00:00 hello unstable/amd64 ✓ pass → ✗ fail');
  });

  it('says how to begin when there is nothing yet', () => {
    expect(text(page({ kind: 'home' }))).toContain('No test has finished yet. Ask for one: debci enqueue hello');
  });
});

describe('the prefix page', () => {
  it('lists its packages with how they stand', () => {
    const html = page(
      { kind: 'prefix', prefix: 'h' },
      ...finishedRun({ runId: 1 }),
      ...finishedRun({ runId: 2, arch: 'arm64' }, failing),
    );
    expect(text(html)).toMatch(/hello ✗ fail 1 ✓ pass 1/);
  });
});

describe('the package page', () => {
  const events = [
    ...finishedRun({ runId: 1 }, { version: '2.10-2', finishedAt: '2026-01-01T10:11:12.131Z' }),
    ...finishedRun({ runId: 2 }, { ...failing, version: '2.10-3', finishedAt: '2026-01-02T10:11:12.131Z' }),
    ...finishedRun({ runId: 3, suite: 'testing', arch: 'arm64' }, { version: '2.10-2' }),
    { type: 'TestEnqueued', data: aJob({ runId: 4, trigger: 'glibc/2.42-1' }) } as const,
  ];
  const html = (): string => page({ kind: 'package', package: 'hello' }, ...events);

  it('has a row for each suite and a column for each architecture', () => {
    expect(html()).toContain('<th scope="col">Suite</th><th scope="col">amd64</th><th scope="col">arm64</th>');
    expect(html()).toContain('<th scope="row">testing</th>');
    expect(html()).toContain('<th scope="row">unstable</th>');
  });

  it('leads from a failure to its log in one click, and says when it last passed', () => {
    expect(html()).toContain(
      '<a class="to-log" href="/packages/h/hello/unstable/amd64/2/" aria-label="fail: log of run 2">',
    );
    expect(text(html())).toContain('✗ fail 2.10-3 2026-01-02 10:11 last pass 2026-01-01 10:11 2.10-2 log history');
  });

  it('leads to its feed, which feed readers find by themselves, and to its badge', () => {
    expect(html()).toContain('<link rel="alternate" href="/data/feeds/h/hello.xml" type="application/atom+xml"');
    expect(html()).toContain('<a href="/data/feeds/h/hello.xml">');
    expect(html()).toContain('<a href="/data/badges/h/hello.svg">');
  });

  it('shows what is under way, and what changed', () => {
    expect(text(html())).toMatch(/… pending unstable\/amd64 .*glibc\/2\.42-1/);
    expect(text(html())).toMatch(/2026-01-02 10:11 unstable\/amd64 ✓ pass → ✗ fail 2\.10-3/);
  });

  it('is not there for a package that nobody tested', () => {
    expect(siteOf(readModelOf()).page({ kind: 'package', package: 'hello' })).toBeNull();
  });
});

describe('the history page', () => {
  it('tells all of each run', () => {
    const pins = [{ suite: 'experimental', packages: ['src:glibc', 'libc6'] }];
    const job = { runId: 1, trigger: 'glibc/2.42-1', pins, requestor: 'alice' };
    const html = page(history, ...finishedRun(job, { durationSeconds: 3723 }));
    const all =
      '✓ pass 2.10-3 2026-01-01 12:00 1h 2m 3s glibc/2.42-1 pinned experimental=src:glibc,libc6 alice log raw artifacts';
    expect(text(html)).toContain(all);
    expect(html).toContain('href="/data/autopkgtest/unstable/amd64/h/hello/1/log.gz"');
    expect(html).toContain('href="/data/autopkgtest/unstable/amd64/h/hello/1/artifacts.tar.gz"');
    expect(html).toContain('<time datetime="2026-01-01T12:00:00.000Z">');
  });

  it('has no links to files that were removed, or never were', () => {
    const purged: TestRunEvent = { type: 'TestFilesPurged', data: { runId: 1, by: 'collector', reason: null } };
    expect(page(history, ...finishedRun({ runId: 1 }), purged)).not.toContain('/data/autopkgtest');
    expect(page(history, ...finishedRun({ runId: 1 }, { logBytes: 0, artifactsBytes: 0 }))).not.toContain(
      '/data/autopkgtest',
    );
  });

  it('comes in parts of 500, each with a link to the older ones', () => {
    const events = Array.from({ length: 501 }, (_, index) => finishedRun({ runId: index + 1 })).flat();
    const site = siteOf(readModelOf(...events));
    const newest = site.page(history) ?? '';
    expect(newest.match(/<td role="cell" data-label="Version"/g)).toHaveLength(500);
    const older = '/packages/h/hello/unstable/amd64/?before=2026-01-01T12%3A00%3A00.000Z_2';
    expect(newest).toContain(`<a rel="next" href="${older}">`);
    const last = site.page({ ...history, before: { endedAt: '2026-01-01T12:00:00.000Z', runId: 2 } }) ?? '';
    expect(last).toContain('aria-label="log of run 1"');
    expect(last).not.toContain('rel="next"');
  });
});

describe('the status page', () => {
  it('counts packages by suite and architecture, and what is under way', () => {
    const html = page(
      { kind: 'status' },
      ...finishedRun({ runId: 1 }),
      ...finishedRun({ runId: 2, package: 'libxml2' }, failing),
      { type: 'TestEnqueued', data: aJob({ runId: 3 }) },
      { type: 'TestStarted', data: { runId: 3, attempt: 1, worker: 'worker1' } },
      { type: 'TestEnqueued', data: aJob({ runId: 4, package: 'apt' }) },
    );
    expect(text(html)).toContain('unstable amd64 50.0 % 50.0 % 1 0 0 1 2');
    expect(text(html)).toContain('1 running 1 waiting');
  });
});

describe('the past', () => {
  const events = [
    ...finishedRun({ runId: 1 }, { finishedAt: '2026-01-01T12:00:00.000Z' }),
    ...finishedRun({ runId: 2 }, { ...failing, finishedAt: '2026-01-03T12:00:00.000Z' }),
    { type: 'TestEnqueued', data: aJob({ runId: 3 }) } as const,
  ];
  const asOf = '2026-01-02T23:59:59.999Z';

  it('of a package is how it stood, without what is under way, and leads to the histories of then', () => {
    const html = page({ kind: 'package', package: 'hello', asOf }, ...events);
    expect(html).toContain('aria-label="pass: log of run 1"');
    expect(html).not.toContain('run 2');
    expect(html).toContain('<a href="/packages/h/hello/unstable/amd64/?as-of=2026-01-02"');
    expect(text(html)).toContain('As of 2026-01-02 23:59 . Back to now');
    expect(text(html)).not.toContain('Waiting and running');
    const before = text(page({ kind: 'package', package: 'hello', asOf: '2025-12-31T00:00:00.000Z' }, ...events));
    expect(before).toContain('It had no result then.');
  });

  it('of a history is the runs that had ended', () => {
    const html = page({ ...history, asOf }, ...events);
    expect(html).toContain('log of run 1');
    expect(html).not.toContain('log of run 2');
    expect(html).not.toContain('Waiting and running');
  });

  it('of all suites is how they stood, and how they came there', () => {
    const html = page({ kind: 'status', asOf }, ...events);
    expect(text(html)).toContain('unstable amd64 100.0 % 100.0 % 0 0 0 1 1');
    expect(html).toContain('2026-01-02: 1 pass');
    expect(html).not.toContain('2026-01-03');
    expect(html).not.toContain('Under way');
    const noon = page({ kind: 'status', asOf: '2026-01-03T12:00:00.000Z' }, ...events);
    expect(text(noon)).toContain('unstable amd64 0.0 % 0.0 % 1 0 0 0 1');
    expect(noon).toContain(
      'href="/status/failing/?suite=unstable&amp;arch=amd64&amp;as-of=2026-01-03T12%3A00%3A00.000Z"',
    );
  });

  it('knows nothing of a private run before it was published', () => {
    const outcome = { finishedAt: '2026-01-01T00:02:00.000Z' };
    const secret = finishedRun({ runId: 1, private: true, requestor: 'alice' }, outcome);
    const published: TestRunEvent = { type: 'TestPublished', data: { runId: 1, by: 'user:alice', reason: null } };
    const site = siteOf(readModelOf(...secret, published));
    const [now, then] = [undefined, '2026-01-01T00:02:30.000Z'].map(
      (asOf) => site.page({ ...history, ...(asOf !== undefined && { asOf }) }) ?? '',
    );
    expect(now).toContain('log of run 1');
    expect(then).toContain('No run has ended yet.');
  });
});

describe('hostile data', () => {
  const hostile = '</td><script>hack()</script><img src=x onerror=hack()>"\'`{{title}}';
  const job: Partial<Job> = {
    trigger: hostile,
    pins: [{ suite: hostile, packages: [hostile] }],
    requestor: hostile,
  };
  const outcome: Partial<Outcome> = {
    ...{ durationSeconds: 4000 },
    version: hostile,
    message: hostile,
    worker: hostile,
    status: 'fail',
  };
  const events = [
    ...finishedRun({ ...job, runId: 1, package: hostile, suite: hostile, arch: hostile }, outcome),
    ...finishedRun({ ...job, runId: 2 }, outcome),
    { type: 'TestEnqueued', data: aJob({ ...job, runId: 3 }) } as const,
    { type: 'TestStarted', data: { runId: 3, attempt: 1, worker: hostile } } as const,
  ];
  const refs: PageRef[] = [
    { kind: 'home' },
    { kind: 'status' },
    { kind: 'status-list', list: 'failing' },
    { kind: 'status-list', list: 'slow' },
    { kind: 'status-list', list: 'queue' },
    { kind: 'status-list', list: 'workers' },
    { kind: 'prefix', prefix: '<' },
    { kind: 'package', package: hostile },
    history,
  ];

  it.each(refs)('is but text on the page $kind', (ref) => {
    const html = page(ref, ...events);
    expect(html).toContain('&lt;script&gt;hack()&lt;/script&gt;');
    expect(html).not.toMatch(/<script(?! (type="module" )?src="\/assets\/)|<img src=x/);
    for (const [, href = ''] of html.matchAll(/href="([^"]*)"/g))
      expect(href).toMatch(/^(#content|\/[A-Za-z0-9/._~%+()*'!&#;?=-]*)$/);
  });
});

describe('addresses', () => {
  it('of pages lead back to their pages', () => {
    const refs: PageRef[] = [
      { kind: 'home' },
      { kind: 'status' },
      { kind: 'status-list', list: 'platform-specific-issues' },
      { kind: 'prefix', prefix: 'libx' },
      { kind: 'package', package: 'libstdc++-v3' },
      { kind: 'history', package: 'g++-15', suite: 'trixie-backports', arch: 'kfreebsd-amd64' },
    ];
    for (const ref of refs) expect(pageAt(pagePath(ref))).toEqual(ref);
  });

  it.each([
    '/packages/../../etc/passwd/',
    '/packages/h/..%2f..%2fetc/',
    '/packages/h/%2e%2e/',
    '/packages/l/libxml2/',
    '/packages/h/hello/../amd64/',
    '/packages/h/hello/unstable/amd64/extra/',
    '/packages/h/hello',
    '/packages/%E0/',
    '/packages/hello/',
    '/status',
    '/status/others/',
    '/status/failing/unstable/',
    '//status/',
  ])('%s is none of a page', (address) => {
    expect(pageAt(address)).toBeNull();
  });
});
