import { describe, expect, it } from 'vitest';
import { aJob, anOutcome, finishedRun } from '../../support/event-log.js';
import { appOf, serverOptions } from '../../support/sites.js';
import type { TestRunEvent } from '../../../src/domain/events.js';
import type { JobJson } from '../../../src/web/data/job-json.js';

const TARGET = '/data/packages/unstable/amd64/h/hello';
const PLATFORM = '/data/status/unstable/amd64';

async function get(
  path: string,
  ...events: TestRunEvent[]
): Promise<{ status: number; type: unknown; json: () => unknown }> {
  const app = await appOf(serverOptions(...events));
  const response = await app.inject(path);
  return { status: response.statusCode, type: response.headers['content-type'], json: () => response.json<unknown>() };
}

function day(number: number): string {
  return `2026-01-${String(number).padStart(2, '0')}T12:00:00.000Z`;
}

const THREE = [
  ...finishedRun({ runId: 1 }, { finishedAt: day(1), version: '1-1' }),
  ...finishedRun({ runId: 2 }, { finishedAt: day(2), version: '1-2', status: 'fail' }),
  ...finishedRun({ runId: 3 }, { finishedAt: day(3), version: '1-3', status: 'tmpfail' }),
];

describe('latest.json', () => {
  it('is the job of the package’s status, in Debian’s fields and forms', async () => {
    const { status, type, json } = await get(
      `${TARGET}/latest.json`,
      ...THREE.slice(0, 4),
      ...finishedRun(
        {
          runId: 3,
          trigger: 'glibc/2.42-1',
          requestor: 'alice',
          extraAptSources: [{ entry: 'deb https://u:secret@deb.example.org/debian sid main', signingKey: 'KEY' }],
        },
        { finishedAt: day(3), version: '1-3', status: 'fail', durationSeconds: 3723.4, message: 'Tests failed' },
      ),
    );
    expect([status, type]).toEqual([200, 'application/json; charset=utf-8']);
    expect(json()).toStrictEqual({
      run_id: 3,
      package: 'hello',
      suite: 'unstable',
      arch: 'amd64',
      version: '1-3',
      status: 'fail',
      date: day(3),
      trigger: 'glibc/2.42-1',
      duration_seconds: 3723.4,
      duration_human: '1h 2m 3s',
      requestor: 'alice',
      message: 'Tests failed',
      previous_status: 'fail',
      last_pass_date: day(1),
      last_pass_version: '1-1',
      pin_packages: [],
      is_private: false,
      extra_apt_sources: ['deb https://deb.example.org/debian sid main'],
      // When the collector took the result.
      updated_at: '2026-01-01T00:06:00.000Z',
    });
  });

  it('says null for what is unknown', async () => {
    const { json } = await get(
      `${TARGET}/latest.json`,
      ...finishedRun({ runId: 1 }, { version: null, status: 'fail' }),
    );
    expect(json()).toMatchObject({
      ...{ version: null, trigger: null, requestor: null },
      ...{ previous_status: null, last_pass_date: null, last_pass_version: null },
    });
  });

  it('is never a pinned or a private run', async () => {
    const { json } = await get(
      `${TARGET}/latest.json`,
      ...THREE,
      ...finishedRun({ runId: 4, pins: [{ suite: 'experimental', packages: ['src:glibc'] }] }, { finishedAt: day(4) }),
      ...finishedRun({ runId: 5, private: true }, { finishedAt: day(5) }),
    );
    expect(json()).toMatchObject({ run_id: 3, previous_status: 'fail', last_pass_version: '1-1' });
  });

  it('is not there before a run has finished', async () => {
    expect((await get(`${TARGET}/latest.json`, { type: 'TestEnqueued', data: aJob({ runId: 1 }) })).status).toBe(404);
  });
});

describe('history.json', () => {
  it('holds all finished public runs, pinned ones too, newest first, each with what came before it', async () => {
    const pins = [{ suite: 'experimental', packages: ['src:glibc', 'libc6'] }];
    const { json } = await get(
      `${TARGET}/history.json`,
      ...THREE,
      ...finishedRun({ runId: 4, pins }, { finishedAt: day(4), version: '1-4' }),
      ...finishedRun({ runId: 5, private: true }, { finishedAt: day(5) }),
      ...finishedRun({ runId: 6 }, { finishedAt: day(6), version: '1-6' }),
      { type: 'TestEnqueued', data: aJob({ runId: 7 }) },
      { type: 'TestEnqueued', data: aJob({ runId: 8 }) },
      { type: 'TestCancelled', data: { runId: 8, by: 'user:alice', reason: null } },
    );
    const shown = (json() as JobJson[]).map((job) => [
      job.run_id,
      job.status,
      job.previous_status,
      job.last_pass_version,
    ]);
    expect(shown).toEqual([
      [6, 'pass', 'tmpfail', '1-6'],
      [4, 'pass', 'tmpfail', '1-1'],
      [3, 'tmpfail', 'fail', '1-1'],
      [2, 'fail', 'pass', '1-1'],
      [1, 'pass', null, '1-1'],
    ]);
    expect((json() as JobJson[])[1]?.pin_packages).toEqual([['src:glibc', 'libc6', 'experimental']]);
  });

  it('shows a private run from when it was published on', async () => {
    const events: TestRunEvent[] = [
      ...finishedRun({ runId: 1, private: true }, { finishedAt: '2025-12-01T00:00:00.000Z' }),
      { type: 'TestPublished', data: { runId: 1, by: 'user:alice', reason: null } },
    ];
    const { json } = await get(`${TARGET}/history.json`, ...events);
    const published = '2026-01-01T00:03:00.000Z';
    expect(json()).toMatchObject([{ run_id: 1, is_private: false, updated_at: published }]);
  });
});

describe('latest-autopkgtest/log.gz', () => {
  it('leads to the log of the run that makes the status', async () => {
    const app = await appOf(
      serverOptions(...THREE, ...finishedRun({ runId: 4, private: true }, { finishedAt: day(4) })),
    );
    const { statusCode, headers } = await app.inject(`${TARGET}/latest-autopkgtest/log.gz`);
    expect([statusCode, headers.location, headers['cache-control']]).toEqual([
      302,
      '/data/autopkgtest/unstable/amd64/h/hello/3/log.gz',
      'no-cache',
    ]);
  });

  it('leads nowhere where no run makes a status', async () => {
    expect((await get(`${TARGET}/latest-autopkgtest/log.gz`, ...finishedRun({ runId: 1, private: true }))).status).toBe(
      404,
    );
  });
});

describe('packages.json', () => {
  it('lists the status of each package of a suite and arch, and what trackers read', async () => {
    const { json } = await get(
      `${PLATFORM}/packages.json`,
      ...finishedRun({ runId: 1, package: 'zlib' }, { finishedAt: day(1) }),
      ...finishedRun({ runId: 2, package: 'zlib' }, { finishedAt: day(2), status: 'fail', durationSeconds: 7 }),
      ...finishedRun({ runId: 3, package: 'acl' }, { finishedAt: day(1) }),
      ...finishedRun({ runId: 4, package: 'other', arch: 'arm64' }),
      ...finishedRun({ runId: 5, package: 'private', private: true }),
      { type: 'TestEnqueued', data: aJob({ runId: 6, package: 'pending' }) },
    );
    expect(json()).toMatchObject([
      { package: 'acl', status: 'pass', previous_status: null, date: day(1) },
      { package: 'zlib', status: 'fail', previous_status: 'pass', date: day(2), duration_seconds: 7 },
    ]);
  });

  it('streams lists of any length, each package once', async () => {
    const names = Array.from({ length: 1001 }, (_, index) => `p${String(index).padStart(4, '0')}`);
    const { json } = await get(
      `${PLATFORM}/packages.json`,
      ...names.flatMap((name, index) => finishedRun({ runId: index + 1, package: name })),
    );
    expect((json() as JobJson[]).map((job) => job.package)).toEqual(names);
  });

  it('answers a client that has this state already without sending it', async () => {
    const app = await appOf(serverOptions(...THREE));
    const first = await app.inject(`${PLATFORM}/packages.json`);
    const again = await app.inject({
      url: `${PLATFORM}/packages.json`,
      headers: { 'if-none-match': String(first.headers.etag) },
    });
    expect([again.statusCode, again.body]).toEqual([304, '']);
    const stale = await app.inject({ url: `${PLATFORM}/packages.json`, headers: { 'if-none-match': 'W/"other"' } });
    expect(stale.body).toBe(first.body);
  });

  it('tells its size and type to HEAD, and sends nothing', async () => {
    const app = await appOf(serverOptions(...THREE));
    const { statusCode, headers, body } = await app.inject({ method: 'HEAD', url: `${PLATFORM}/packages.json` });
    expect([statusCode, headers['content-type'], body]).toEqual([200, 'application/json; charset=utf-8', '']);
  });
});

describe('status.json and history.json of a suite and arch', () => {
  const events = [
    ...finishedRun({ runId: 1 }, { finishedAt: day(1) }),
    ...finishedRun({ runId: 2, package: 'zlib' }, { finishedAt: day(1), status: 'neutral' }),
    ...finishedRun({ runId: 3 }, { finishedAt: day(3), status: 'fail' }),
    ...finishedRun({ runId: 4, package: 'secret', private: true }, { finishedAt: day(4) }),
  ];

  it('count the packages by status at the end of each day', async () => {
    expect((await get(`${PLATFORM}/history.json`, ...events)).json()).toStrictEqual([
      { date: '2026-01-01T00:00:00.000Z', pass: 1, fail: 0, neutral: 1, tmpfail: 0, total: 2 },
      { date: '2026-01-03T00:00:00.000Z', pass: 0, fail: 1, neutral: 1, tmpfail: 0, total: 2 },
    ]);
  });

  it('have the newest day alone in status.json', async () => {
    const { json } = await get(`${PLATFORM}/status.json`, ...events);
    expect(json()).toStrictEqual({
      date: '2026-01-03T00:00:00.000Z',
      pass: 0,
      fail: 1,
      neutral: 1,
      tmpfail: 0,
      total: 2,
    });
  });
});

describe('what breaks a rule or is not there', () => {
  it.each([
    `${TARGET}/other.json`,
    '/data/packages/unstable/amd64/x/hello/latest.json',
    '/data/packages/unstable/amd64/h/..%2f..%2fhello/latest.json',
    '/data/packages/testing/amd64/h/hello/history.json',
    '/data/status/testing/amd64/packages.json',
    '/data/status/unstable/arm64/status.json',
    '/data/status/unstable/%00/history.json',
    "/data/status/unstable/'OR 1=1/packages.json",
  ])('is not found: %s', async (path) => {
    expect((await get(encodeURI(decodeURI(path)), ...THREE)).status).toBe(404);
  });
});

describe('hostile values', () => {
  const HOSTILE = '"}],</script>\u2028\u0000';

  it('are text in JSON', async () => {
    const run = finishedRun(
      { runId: 1, trigger: HOSTILE, requestor: HOSTILE },
      anOutcome({ version: HOSTILE, message: HOSTILE }),
    );
    const { json } = await get(`${TARGET}/latest.json`, ...run);
    expect(json()).toMatchObject({ trigger: HOSTILE, requestor: HOSTILE, version: HOSTILE, message: HOSTILE });
  });
});

describe('a private run', () => {
  const secret = { package: 'secret', private: true, requestor: 'mallory', trigger: 'embargoed' } as const;
  const beside = { ...secret, package: 'hello' };
  /** That a worker lives is no secret, whatever it does. */
  const visible = (body: string): string => body.replace(/^debci_worker_silent_seconds.*$/gm, '');

  it('is in no feed, list, count, badge or figure', async () => {
    const app = await appOf(
      serverOptions(
        ...THREE,
        ...finishedRun({ runId: 11, ...secret }, { status: 'fail', finishedAt: day(9) }),
        ...finishedRun({ runId: 12, ...beside }, { status: 'neutral', finishedAt: day(9) }),
        { type: 'TestEnqueued', data: aJob({ runId: 13, ...secret }) },
      ),
    );
    const open = await appOf(serverOptions(...THREE));
    const urls = [
      ...['latest.json', 'history.json', 'latest-autopkgtest/log.gz'].map((file) => `${TARGET}/${file}`),
      ...['status.json', 'history.json', 'packages.json'].map((file) => `${PLATFORM}/${file}`),
      ...['/data/feeds/h/hello.xml', '/data/feeds/all-packages.xml', '/data/badges/h/hello.svg', '/metrics'],
    ];
    for (const url of urls) {
      const [withSecret, without] = [await app.inject(url), await open.inject(url)];
      expect(withSecret.statusCode, url).toBeLessThan(400);
      expect(visible(withSecret.body), url).toBe(visible(without.body));
      expect(withSecret.headers.location, url).toBe(without.headers.location);
    }
    const own = [
      '/data/feeds/s/secret.xml',
      '/data/badges/s/secret.svg',
      `${TARGET.replace('h/hello', 's/secret')}/latest.json`,
    ];
    for (const url of own) expect((await app.inject(url)).statusCode, url).toBe(404);
  });
});
