import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { beforeEach, describe, expect, it } from 'vitest';
import { Callers, keyIn } from '../../src/application/callers.js';
import type { DomainEvent, Outcome } from '../../src/domain/events.js';
import { runFolder, type Job } from '../../src/domain/job.js';
import { renderPage } from '../../src/web/page-file.js';
import { listPath, STATUS_LISTS } from '../../src/web/status-lists.js';
import { ALICE, BOB, OPERATOR_KEY, World } from '../graphql/world.js';
import { aJob, finishedRun } from '../support/event-log.js';
import { appOf, copyAssets, serverOptions, siteOf, storeFile, storeLog } from '../support/sites.js';

/** Stands in all that is told of private runs, and in nothing else. */
const MARK = 'embargoed';

const privately = (runId: number, name: string): Job =>
  aJob({ runId, package: name, private: true, requestor: 'alice', trigger: `${MARK}/1-1` });

const outcome = (day: number, rest: Partial<Outcome>): Partial<Outcome> => ({
  ...{ finishedAt: `2026-02-0${day}T00:00:00.000Z`, version: `1-${MARK}`, message: MARK, worker: 'w1' },
  ...{ durationSeconds: 7200, testbedDigest: 'd' },
  ...rest,
});

/** Private runs of every state, of a package that has no others and of one that has. */
const SECRETS: readonly DomainEvent[] = [`${MARK}-package`, 'hello'].flatMap((name, index) => {
  const runId = (n: number): number => 10 * (index + 1) + n;
  const { type, data } = { type: 'TestEnqueued', data: (n: number) => privately(runId(n), name) } as const;
  return [
    ...finishedRun(privately(runId(1), name), outcome(2, {})),
    ...finishedRun(privately(runId(2), name), outcome(3, { status: 'fail', exitCode: 4 })),
    ...finishedRun(privately(runId(3), name), outcome(4, {})),
    { type, data: data(4) },
    { type, data: data(5) },
    { type: 'TestStarted', data: { runId: runId(5), attempt: 1, worker: 'w1' } },
    { type, data: data(6) },
    { type: 'TestCancelled', data: { runId: runId(6), by: 'user:alice', reason: MARK } },
  ] satisfies DomainEvent[];
});

const PUBLIC: readonly DomainEvent[] = [
  ...finishedRun({ runId: 1 }, { finishedAt: '2026-02-01T00:00:00.000Z' }),
  ...finishedRun({ runId: 2, package: 'apt' }, { finishedAt: '2026-02-01T00:00:00.000Z' }),
];

describe('private runs', () => {
  let world: World;
  let app: FastifyInstance;
  let options: ReturnType<typeof serverOptions>;

  const callers = ({ anybody }: { anybody: boolean }): (typeof options)['callerOf'] => {
    const known = new Callers(world.readModel.apiKeys, { key: OPERATOR_KEY, user: 'operator' }, anybody);
    return (headers) => known.withKey(keyIn((name) => headers[name]?.toString()));
  };

  beforeEach(async () => {
    world = World.start();
    await world.keys();
    await world.happen(...PUBLIC, ...SECRETS);
    const { readModel, endpoint: graphql } = world;
    options = {
      ...serverOptions(),
      ...{ readModel, graphql, site: siteOf(readModel) },
      callerOf: callers({ anybody: true }),
    };
    for (const event of SECRETS) {
      if (event.type !== 'TestEnqueued') continue;
      storeLog(options.dataDir, event.data, `${MARK} words\n`);
      storeFile(options.dataDir, `${runFolder(event.data)}/artifacts.tar.gz`, MARK);
    }
    // As the renderer keeps them.
    copyAssets(options.htmlDir);
    const ref = { kind: 'history', package: 'hello', suite: 'unstable', arch: 'amd64' } as const;
    expect(await renderPage(options.htmlDir, options.site, ref)).toBe(true);
    app = await appOf(options);
  });

  const get = (url: string, key?: string): Promise<LightMyRequestResponse> =>
    app.inject({ url, headers: key === undefined ? {} : { authorization: `Bearer ${key}` } });

  /** Every address that a page, a feed or a data file of the site names. */
  async function crawl(): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    const places = ['unstable/amd64'];
    const left = [
      ...['/', '/status/', '/data/feeds/all-packages.xml', '/metrics', '/healthz', '/readyz'],
      ...STATUS_LISTS.map((list) => listPath(list)),
      ...places.flatMap((place) =>
        ['packages', 'history', 'status'].map((name) => `/data/status/${place}/${name}.json`),
      ),
      ...['e', 'embargoed', 'hello'].map((query) => `/packages/-/search?query=${query}`),
      ...['/?live=1', '/status/queue/?live=1', '/status/?as-of=2026-02-05', '/packages/h/hello/?as-of=2026-02-05'],
      ...['feeds/h/hello.xml', 'badges/h/hello.svg', 'badges/h/hello/unstable/amd64.svg'].map(
        (file) => `/data/${file}`,
      ),
      ...['latest', 'history'].map((name) => `/data/packages/unstable/amd64/h/hello/${name}.json`),
    ];
    for (let url = left.pop(); url !== undefined; url = left.pop()) {
      if (found.has(url)) continue;
      const { statusCode, body, headers } = await get(url);
      expect(statusCode, url).toBeLessThan(400);
      found.set(url, `${body}${headers.location ?? ''}`);
      for (const [, href = ''] of body.matchAll(/(?:href|src|action)="(?:https:\/\/ci\.example\.org)?(\/[^"#]*)/g))
        if (!href.startsWith('/assets/') && !/\.(log|tar)\.gz$|\/log\.gz$|artifacts/.test(href))
          left.push(href.replaceAll('&amp;', '&'));
    }
    return found;
  }

  it('are in no page, feed, data file, badge or search that leads anywhere', async () => {
    const found = await crawl();
    expect([...found.keys()]).toEqual(
      expect.arrayContaining(['/packages/h/hello/unstable/amd64/', '/packages/a/apt/']),
    );
    expect(found.size).toBeGreaterThan(40);
    for (const [url, body] of found) {
      const asked = url.includes('query=embargoed');
      expect(
        asked ? body.replaceAll(/value="embargoed"|“<bdi>embargoed<\/bdi>”|for embargoed/g, '') : body,
        url,
      ).not.toContain(MARK);
      expect(body, url).not.toContain('alice');
    }
  });

  it('change no number that is shown: they are as if they were not there', async () => {
    const without = World.start();
    await without.keys();
    await without.happen(...PUBLIC);
    const site = siteOf(without.readModel);
    for (const [path, ref] of [
      ['/', { kind: 'home' }],
      ['/status/', { kind: 'status' }],
      ...STATUS_LISTS.filter((list) => list !== 'workers').map(
        (list) => [listPath(list), { kind: 'status-list', list }] as const,
      ),
      ['/packages/h/', { kind: 'prefix', prefix: 'h' }],
      ['/packages/h/hello/', { kind: 'package', package: 'hello' }],
      ['/packages/h/hello/unstable/amd64/', { kind: 'history', package: 'hello', suite: 'unstable', arch: 'amd64' }],
    ] as const) {
      expect((await get(path)).body, path).toBe(site.page(ref));
    }
    const metrics = (await get('/metrics')).body;
    expect(metrics).toContain('debci_results_total{suite="unstable",arch="amd64",status="pass"} 2\n');
    expect(metrics).not.toContain('status="fail"} 1');
  });

  const own = [11, 12, 13, 14, 15, 16, 21, 22, 23, 24, 25, 26];
  const addresses = own.flatMap((runId) => {
    const [prefix, name] = runId < 20 ? ['e', `${MARK}-package`] : ['h', 'hello'];
    const files = [`/data/autopkgtest/unstable/amd64/${prefix}/${name}/${runId}`].flatMap((folder) => [
      `${folder}/log.gz`,
      `${folder}/artifacts.tar.gz`,
    ]);
    return [`/packages/${prefix}/${name}/unstable/amd64/${runId}/`, ...files];
  });

  it('are, at their own addresses, what is not there, for all but their requestor', async () => {
    const nothing = await get('/packages/n/nothing/unstable/amd64/77/');
    for (const url of addresses) {
      for (const key of [undefined, BOB, OPERATOR_KEY]) {
        const { statusCode, body } = await get(url, key);
        expect([statusCode, body === nothing.body], `${url} ${key}`).toEqual([404, true]);
      }
      const { statusCode, headers } = await get(url, ALICE);
      expect([statusCode, headers['cache-control']], url).toEqual([200, 'private, no-store']);
    }
    for (const url of ['/packages/e/', `/packages/e/${MARK}-package/`, `/data/feeds/e/${MARK}-package.xml`])
      for (const key of [undefined, BOB, ALICE]) expect((await get(url, key)).statusCode, url).toBe(404);
  });

  it('are in the history that their requestor asks for, and nowhere else', async () => {
    for (const path of [`/packages/e/${MARK}-package/unstable/amd64/`, '/packages/h/hello/unstable/amd64/']) {
      const { body } = await get(path, ALICE);
      expect(
        [...body.matchAll(/aria-label="(?:[a-z]+): (?:log of )?run (\d\d)"/g)].map(([, id]) => Number(id)).sort(),
      ).toEqual(own.filter((runId) => runId < 20 === path.includes(MARK)));
      expect(body).toContain('<span class="status">private</span>');
      expect((await get(`${path}?before=2026-02-03T12:00:00.000Z_1`, ALICE)).body).toContain(MARK);
      for (const key of [undefined, BOB]) expect((await get(path, key)).body).not.toContain(MARK);
    }
    expect((await get('/', ALICE)).body).not.toContain(MARK);
  });

  it('are not shown to a key that is not known, nor is anything else', async () => {
    for (const url of ['/', addresses[0]!]) {
      const { statusCode, body } = await get(url, 'unknown');
      expect([statusCode, body]).toEqual([401, 'this API key is not known, or was revoked\n']);
    }
  });

  it('are not alone where nobody may browse: all but how the server is needs a key', async () => {
    app = await appOf({ ...options, callerOf: callers({ anybody: false }) });
    for (const url of [
      '/',
      '/assets/debci.css',
      '/packages/h/hello/unstable/amd64/',
      '/data/feeds/all-packages.xml',
      '/metrics',
    ]) {
      const { statusCode, body } = await get(url);
      expect([statusCode, body], url).toEqual([401, expect.stringMatching(/^this needs an API key/)]);
      expect((await get(url, BOB)).statusCode, url).toBe(200);
    }
    for (const url of ['/healthz/../packages/', '/api/%2e%2e/', '/api/', '/graphqlx', '/readyz/'])
      expect((await get(url)).statusCode, url).toBe(401);
    for (const url of ['/healthz', '/readyz']) expect((await get(url)).statusCode, url).not.toBe(401);
  });

  it('are told of in subscriptions to nobody else', async () => {
    const heard = async (key?: string): Promise<string> => {
      const query = 'subscription { testUpdates(after: "0000000000000000") { test { runId package trigger } } }';
      const stop = new AbortController();
      const { body } = await world.endpoint.answer({
        method: 'GET',
        url: `/graphql?query=${encodeURIComponent(query)}`,
        headers: { accept: 'text/event-stream', ...(key !== undefined && { authorization: `Bearer ${key}` }) },
        body: null,
        signal: stop.signal,
      });
      let text = '';
      for await (const chunk of body as AsyncIterable<Uint8Array>) {
        text += Buffer.from(chunk).toString();
        // The last public event comes after all private ones.
        if (text.includes('"runId":99')) break;
      }
      stop.abort();
      return text;
    };
    await world.happen({ type: 'TestEnqueued', data: aJob({ runId: 99, package: 'last' }) });
    for (const key of [undefined, BOB, OPERATOR_KEY]) expect(await heard(key)).not.toContain(MARK);
    expect(await heard(ALICE)).toContain(MARK);
  });

  it('are in all of these places once they are published', async () => {
    for (const runId of [11, 12, 13, 21, 22, 23])
      await world.happen({ type: 'TestPublished', data: { runId, by: 'user:alice', reason: null } });
    const found = await crawl();
    const telling = [...found]
      .filter(([url, body]) => !url.includes('query=') && body.includes(MARK))
      .map(([url]) => url);
    expect(telling).toEqual(
      expect.arrayContaining([
        ...['/', '/packages/e/', `/packages/e/${MARK}-package/`, `/packages/e/${MARK}-package/unstable/amd64/13/`],
        ...[
          '/data/feeds/all-packages.xml',
          '/data/status/unstable/amd64/packages.json',
          '/status/slow/',
          '/status/flaky/',
        ],
      ]),
    );
    expect((await get('/data/autopkgtest/unstable/amd64/h/hello/21/log.gz')).statusCode).toBe(200);
  });
});
