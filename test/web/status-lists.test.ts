import { describe, expect, it } from 'vitest';
import type { Outcome, TestRunEvent } from '../../src/domain/events.js';
import { listPath, parseListQuery, STATUS_LISTS, type ListQuery, type StatusList } from '../../src/web/status-lists.js';
import { aJob, finishedRun } from '../support/event-log.js';
import { readModelOf } from '../support/read-models.js';
import { appOf, serverOptions, siteOf } from '../support/sites.js';

const SETTINGS = { failingPerPage: 2, pendingPerPage: 2, visibleDays: 10, slowMinutes: 60 };
const failing: Partial<Outcome> = { status: 'fail', exitCode: 4 };

function pageOf(list: StatusList, query: ListQuery, ...events: TestRunEvent[]): string {
  const rejectList = {
    entries: () => [{ package: 'linux*', suite: '*', arch: 'armel', version: '*', reason: '<too> big' }],
  };
  const html = siteOf(readModelOf(...events), SETTINGS, rejectList).page({ kind: 'status-list', list, query });
  if (html === null) throw new Error('there is no page');
  return html;
}

/** The packages of a page's table, in its order. */
function packagesOf(html: string): string[] {
  return [...html.matchAll(/<a class="name" href="[^"]*">([^<]*)<\/a>/g)].map(([, name = '']) => name);
}

function nextOf(html: string): ListQuery {
  const href = /<a href="([^"]*)" rel="next">/.exec(html)?.[1]?.replaceAll('&amp;', '&');
  if (href === undefined) throw new Error('this is the last page');
  const query = parseListQuery(new URL(href, 'http://localhost').searchParams);
  if (!query) throw new Error('the link is wrong');
  return query;
}

describe('a list of the status pages', () => {
  const events = ['ant', 'bat', 'cat', 'dog'].flatMap((name, index) =>
    finishedRun({ runId: index + 1, package: name, suite: index === 3 ? 'testing' : 'unstable' }, failing),
  );

  it('comes in parts, which hold all, each once', () => {
    const first = pageOf('failing', {}, ...events, ...finishedRun({ runId: 9, package: 'fine' }));
    const second = pageOf('failing', nextOf(first), ...events);
    expect([...packagesOf(first), ...packagesOf(second)]).toEqual(['dog', 'ant', 'bat', 'cat']);
    expect(second).not.toContain('rel="next"');
    expect(second).toContain('<a href="/status/failing/">From the beginning</a>');
  });

  it('can be narrowed by links, and its parts stay narrowed', () => {
    const html = pageOf('failing', {}, ...events);
    expect(html).toContain('<a href="/status/failing/?suite=unstable" aria-current="false">unstable</a>');
    const narrow = pageOf('failing', { suite: 'unstable' }, ...events);
    expect(packagesOf(narrow)).toEqual(['ant', 'bat']);
    expect(nextOf(narrow)).toEqual({ suite: 'unstable', after: ['unstable', 'amd64', 'bat'] });
    expect(packagesOf(pageOf('failing', { suite: 'unstable', arch: 'arm64' }, ...events))).toEqual([]);
  });

  it.each(['failing', 'alerts', 'slow', 'platform-specific-issues', 'flaky'] as const)(
    'of %s can be seen as it was, and its links stay there',
    (list) => {
      const on = (day: string, outcome: Partial<Outcome>): Partial<Outcome> => {
        return { finishedAt: `2026-05-${day}T12:00:00.000Z`, durationSeconds: 7200, ...outcome };
      };
      const runs = [
        ...['ant', 'bat', 'cat'].flatMap((name, index) => [
          ...finishedRun({ runId: 10 * index + 1, package: name, arch: 'arm64' }, on('01', {})),
          ...finishedRun({ runId: 10 * index + 2, package: name }, on('01', {})),
          ...finishedRun({ runId: 10 * index + 3, package: name }, on('02', failing)),
          ...finishedRun({ runId: 10 * index + 4, package: name }, on('20', { version: '3', durationSeconds: 1 })),
          ...finishedRun({ runId: 10 * index + 5, package: name, arch: 'arm64' }, on('20', { durationSeconds: 1 })),
        ]),
      ];
      const asOf = '2026-05-03T23:59:59.999Z';
      const first = pageOf(list, { asOf }, ...runs);
      expect(nextOf(first)).toMatchObject({ asOf });
      const rest = pageOf(list, nextOf(first), ...runs);
      expect(new Set([...packagesOf(first), ...packagesOf(rest)])).toEqual(new Set(['ant', 'bat', 'cat']));
      expect(first).toContain(`, as of 2026-05-03 · `);
      expect(first).toContain(`<a href="/status/${list}/">Back to now</a>`);
      expect(first).toContain('<a href="/status/?as-of=2026-05-03"');
      expect(first).not.toContain('data-live="{');
      for (const [, href = ''] of first.matchAll(/<a class="name" href="([^"]*)"/g))
        expect(href).toMatch(/\/\?as-of=2026-05-03$/);
      expect(packagesOf(pageOf(list, { asOf: '2026-04-30T23:59:59.999Z' }, ...runs))).toEqual([]);
      expect(packagesOf(pageOf(list, {}, ...runs)).length > 0).toBe(list === 'flaky');
    },
  );

  it('of alerts has what began to fail lately, and passed before', () => {
    const on = (day: string, outcome: Partial<Outcome> = {}): Partial<Outcome> => ({
      finishedAt: `2026-05-${day}T00:00:00.000Z`,
      ...outcome,
    });
    const html = pageOf(
      'alerts',
      {},
      ...finishedRun({ runId: 1, package: 'old' }, on('01')),
      ...finishedRun({ runId: 2, package: 'old' }, on('02', failing)),
      ...finishedRun({ runId: 3, package: 'new' }, on('03')),
      ...finishedRun({ runId: 4, package: 'new' }, on('30', failing)),
      ...finishedRun({ runId: 5, package: 'never' }, on('30', failing)),
    );
    expect(packagesOf(html)).toEqual(['new']);
  });

  it('of slow ones goes by the newest run’s duration', () => {
    const slow = finishedRun({ runId: 1, package: 'slow' }, { durationSeconds: 3600 });
    expect(packagesOf(pageOf('slow', {}, ...slow, ...finishedRun({ runId: 2 }, { durationSeconds: 3599 })))).toEqual([
      'slow',
    ]);
  });

  it('of platform-specific issues shows how each architecture stands', () => {
    const html = pageOf(
      'platform-specific-issues',
      {},
      ...finishedRun({ runId: 1, package: 'odd' }),
      ...finishedRun({ runId: 2, package: 'odd', arch: 'arm64' }, failing),
      ...finishedRun({ runId: 3, package: 'same' }),
    );
    expect(packagesOf(html)).toEqual(['odd']);
    expect(html).toContain('aria-label="arm64 fail: log of run 2"');
  });

  it('of flaky packages has those that changed though nothing else did', () => {
    const html = pageOf('flaky', {}, ...finishedRun({ runId: 1 }), ...finishedRun({ runId: 2 }, failing));
    expect(packagesOf(html)).toEqual(['hello']);
    expect(html).toContain('<td role="cell" data-label="Changes" class="number">1</td>');
  });

  it('of pending runs is in the order in which they are due, and says nothing of private ones', () => {
    const waiting = [
      aJob({ runId: 1, package: 'later' }),
      aJob({ runId: 2, package: 'urgent', priority: 9 }),
      aJob({ runId: 3, package: 'last' }),
      aJob({ runId: 4, package: 'secret', private: true, priority: 10 }),
    ].map((data) => ({ type: 'TestEnqueued', data }) as const);
    const first = pageOf('pending', {}, ...waiting);
    expect(packagesOf(first)).toEqual(['urgent', 'later']);
    expect(packagesOf(pageOf('pending', nextOf(first), ...waiting))).toEqual(['last']);
    expect(first).toContain('<strong>3</strong> waiting');
  });

  it('of workers tells when each was heard of and what runs there, and nothing of private runs', () => {
    const started = (runId: number, worker: string): TestRunEvent => {
      return { type: 'TestStarted', data: { runId, attempt: 1, worker } };
    };
    const html = pageOf(
      'workers',
      {},
      ...finishedRun({ runId: 1 }, { worker: 'w1' }),
      { type: 'TestEnqueued', data: aJob({ runId: 2, package: 'dpkg' }) },
      started(2, 'w1'),
      { type: 'TestEnqueued', data: aJob({ runId: 3, package: 'secret', private: true, requestor: 'alice' }) },
      started(3, 'w2'),
    );
    const rows = [...html.matchAll(/<tr role="row">\s*<td.*?<\/tr>/gs)].map(([row]) =>
      row
        .replace(/<[^>]*>/g, ' ')
        .replace(/\s+/g, ' ')
        .trim(),
    );
    expect(rows).toEqual(['w1 2026-01-01 00:04 1 dpkg unstable/amd64', 'w2 2026-01-01 00:06 0 nothing']);
    expect(html).toContain('href="/packages/d/dpkg/unstable/amd64/2/"');
    expect(html).not.toContain('secret');
  });

  it('of pending runs tells priority, and when each was asked for, beside which scripts put its age', () => {
    const html = pageOf('pending', {}, { type: 'TestEnqueued', data: aJob({ runId: 1, priority: 8 }) });
    expect(html).toContain('<td role="cell" data-label="Priority" class="number">8</td>');
    expect(html).toMatch(/<time datetime="2026-01-01T00:01:00.000Z">.*<\/time> <span class="age" data-age="">/);
  });

  it('of the queue tells how many wait where, and how long runs took', () => {
    const done = finishedRun({ runId: 1 }, { finishedAt: '2026-01-01T00:02:00.000Z' });
    const html = pageOf('queue', {}, ...done, { type: 'TestEnqueued', data: aJob({ runId: 2, arch: 'riscv64' }) });
    expect(html).toContain('<th scope="row">riscv64</th><td>fake</td><td class="number">1</td><td class="when"><time ');
    expect(html).toContain('<th scope="row">unstable</th><td>amd64</td><td>2026-01-01</td><td class="number">1</td>');
  });

  it('of what is rejected gives the reasons', () => {
    expect(pageOf('reject_list', {})).toContain('<bdi>&lt;too&gt; big</bdi>');
  });

  it.each(STATUS_LISTS)('%s says so where there is nothing', (list) => {
    const html = siteOf(readModelOf()).page({ kind: 'status-list', list });
    expect(html).toMatch(/class="empty"/);
    expect(html).toContain(`<a href="${listPath(list)}" aria-current="true">`);
  });
});

describe('the address of a list', () => {
  it('is answered as it says, and not at all where it cannot be', async () => {
    const app = await appOf(serverOptions(...finishedRun({ runId: 1 }, failing)));
    const statusOf = async (url: string): Promise<number> => (await app.inject({ url })).statusCode;
    expect((await app.inject({ url: '/status/failing/?suite=testing' })).body).not.toContain('/packages/h/hello/');
    expect((await app.inject({ url: '/status/failing/?suite=unstable&x=y' })).body).toContain('/packages/h/hello/');
    for (const query of ['?suite=%3Cscript%3E', '?arch=../x', '?after=x', '?after=a/b/c/d', '?suite=a%00'])
      expect(await statusOf(`/status/failing/${query}`), query).toBe(404);
    for (const list of STATUS_LISTS) expect(await statusOf(`${listPath(list)}?after=zz/zz/zz`), list).toBe(200);
  });
});
