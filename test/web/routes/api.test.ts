import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { beforeEach, describe, expect, it } from 'vitest';
import type { TestEnqueued } from '../../../src/domain/events.js';
import { aJob, finishedRun } from '../../support/event-log.js';
import { appOf, serverOptions } from '../../support/sites.js';
import { keyIn } from '../../../src/application/callers.js';
import { BusUnavailableError } from '../../../src/domain/ports/message-bus.js';
import { ALICE, BOB, OPERATOR_KEY, World } from '../../graphql/world.js';

interface Results {
  readonly until: number;
  readonly results: readonly { readonly run_id: number; readonly status: string | null; readonly updated_at: string }[];
}

const WITH_FORM = { 'content-type': 'application/x-www-form-urlencoded' };

let world: World;
let app: FastifyInstance;

beforeEach(async () => {
  world = World.start();
  await world.keys();
  const { readModel, requests } = world;
  app = await appOf({
    ...serverOptions(),
    ...{ readModel, requests },
    rejectList: { entries: () => world.rejected },
    callerOf: (headers) => world.callers.withKey(keyIn((name) => headers[name]?.toString())),
  });
});

function call(method: 'GET' | 'POST', url: string, key: string | null = ALICE): Promise<LightMyRequestResponse> {
  return app.inject({ method, url: `/api/v1${url}`, headers: key === null ? {} : { 'auth-key': key } });
}

/** As `curl --data` sends it. */
function post(url: string, fields: Record<string, string>, key = ALICE): Promise<LightMyRequestResponse> {
  const payload = new URLSearchParams(fields).toString();
  return app.inject({ method: 'POST', url: `/api/v1${url}`, headers: { ...WITH_FORM, 'auth-key': key }, payload });
}

async function enqueued(): Promise<TestEnqueued['data'][]> {
  const jobs: TestEnqueued['data'][] = [];
  for await (const event of world.log.readAll()) if (event.type === 'TestEnqueued') jobs.push(event.data);
  return jobs;
}

async function caughtUp(): Promise<void> {
  await world.projector.reached((await world.log.lastPosition())!);
}

describe('a call', () => {
  it('is told whose key it brings', async () => {
    const { statusCode, headers, body } = await call('GET', '/auth');
    expect([statusCode, headers['auth-user'], body]).toEqual([200, 'alice', '']);
    expect((await call('GET', '/auth', OPERATOR_KEY)).headers['auth-user']).toBe('operator');
  });

  it.each([
    ['GET', '/auth'],
    ['GET', '/reject_list'],
    ['GET', '/packages'],
    ['GET', '/test'],
    ['GET', '/job_state/1'],
    ['POST', '/test/unstable/amd64/hello'],
    ['POST', '/test/unstable/amd64'],
    ['POST', '/test/batch'],
    ['POST', '/test/publish'],
    ['POST', '/retry/1'],
  ] as const)('without a good key is refused: %s %s', async (method, url) => {
    for (const key of [null, 'unknown']) {
      const { statusCode, body, headers } = await call(method, url, key);
      expect([statusCode, headers['content-type']]).toEqual([403, 'text/plain; charset=utf-8']);
      expect(body).toMatch(/API key/);
    }
    expect(await enqueued()).toEqual([]);
  });

  it('of what is not there finds nothing', async () => {
    expect((await call('GET', '/nothing')).statusCode).toBe(404);
    expect((await app.inject('/api/')).statusCode).toBe(404);
  });

  it('that cannot be carried out now says so, and nothing of why', async () => {
    const { requests: usual } = serverOptions();
    const requests = { ...usual, enqueue: () => Promise.reject(new BusUnavailableError('amqp://secret')) };
    const cut = await appOf({ ...serverOptions(), requests, callerOf: () => ({ user: 'alice', operator: false }) });
    const { statusCode, body } = await cut.inject({ method: 'POST', url: '/api/v1/test/unstable/amd64/hello' });
    expect([statusCode, body]).toEqual([503, 'this cannot be done now; the log of the server says why\n']);
  });
});

describe('one package', () => {
  it('is enqueued in the name of the key’s user', async () => {
    const response = await post('/test/unstable/amd64/hello', { priority: '8', trigger: 'glibc/2.42-1' });
    expect(response.statusCode).toBe(201);
    expect(response.json()).toEqual([
      { run_id: 1, package: 'hello', suite: 'unstable', arch: 'amd64', backend: 'fake' },
    ]);
    expect(await enqueued()).toMatchObject([
      { requestor: 'alice', priority: 8, trigger: 'glibc/2.42-1', origin: { kind: 'api' }, private: false, pins: [] },
    ]);
  });

  it('needs nothing but its address; the query’s fields count too', async () => {
    expect((await call('POST', '/test/unstable/amd64/hello')).statusCode).toBe(201);
    expect((await call('POST', '/test/unstable/amd64/hello?is_private=true')).statusCode).toBe(201);
    expect((await post('/test/unstable/amd64/hello', { extra_apt_sources: '["extra"]' })).statusCode).toBe(201);
    expect(await enqueued()).toMatchObject([
      { priority: 5, trigger: null, private: false },
      { private: true },
      { extraAptSources: [{ entry: 'deb https://deb.example.org/extra sid main' }] },
    ]);
  });

  it.each([
    ['/test/unstable/amd64/HELLO', {}, 'jobs[0].package: "HELLO" is not allowed'],
    ['/test/unst%61ble%00/amd64/hello', {}, 'jobs[0].suite: '],
    ['/test/unstable/amd64!/hello', {}, 'jobs[0].arch: '],
    ['/test/unstable/amd64/hello', { priority: '11' }, 'priority: "11"'],
    ['/test/unstable/amd64/hello', { priority: 'high' }, 'priority: "high"'],
    ['/test/unstable/amd64/hello', { is_private: 'perhaps' }, 'is_private: "perhaps" is not allowed'],
    ['/test/unstable/amd64/hello', { extra_apt_sources: '[' }, 'extra_apt_sources: "["'],
    ['/test/unstable/amd64/linux-rt', {}, 'linux-rt unstable/amd64 is on the reject list: too big'],
  ])('is refused with the reason: %s %j', async (url, fields, reason) => {
    world.rejected.push({ package: 'linux*', suite: '*', arch: '*', version: '*', reason: 'too big' });
    const { statusCode, body, headers } = await post(url, fields);
    expect([statusCode, headers['content-type']]).toEqual([400, 'text/plain; charset=utf-8']);
    expect(body).toContain(reason);
    expect(await enqueued()).toEqual([]);
  });
});

describe('the tests of a suite and arch', () => {
  const tests = [
    {
      package: 'debci',
      trigger: 'ruby/X.Y',
      'pin-packages': [['src:ruby-defaults,rake', 'unstable']],
      is_private: true,
    },
    { package: 'vagrant', 'pin-packages': [['src:foo', 'src:bar', 'experimental']], 'extra-apt-sources': ['more'] },
  ];

  it('come as a field', async () => {
    const { statusCode } = await post('/test/testing/arm64', { tests: JSON.stringify(tests), priority: '1' });
    expect(statusCode).toBe(201);
    expect(await enqueued()).toMatchObject([
      {
        ...{ package: 'debci', suite: 'testing', arch: 'arm64', priority: 1, private: true, trigger: 'ruby/X.Y' },
        pins: [{ suite: 'unstable', packages: ['src:ruby-defaults', 'rake'] }],
      },
      {
        ...{ package: 'vagrant', suite: 'testing', arch: 'arm64', priority: 1, private: false, trigger: null },
        pins: [{ suite: 'experimental', packages: ['src:foo', 'src:bar'] }],
        extraAptSources: [{ entry: 'deb https://deb.example.org/more sid main' }],
      },
    ]);
  });

  it('come as a file', async () => {
    const form = new FormData();
    form.set('tests', new Blob([JSON.stringify(tests)], { type: 'application/json' }), 'tests.json');
    const sent = new Response(form);
    const { statusCode } = await app.inject({
      method: 'POST',
      url: '/api/v1/test/testing/arm64',
      headers: { 'auth-key': ALICE, 'content-type': sent.headers.get('content-type')! },
      payload: Buffer.from(await sent.arrayBuffer()),
    });
    expect(statusCode).toBe(201);
    expect((await enqueued()).map(({ package: name }) => name)).toEqual(['debci', 'vagrant']);
  });

  it('are enqueued but for those on the reject list', async () => {
    world.rejected.push({ package: 'debci', suite: '*', arch: '*', version: '*', reason: null });
    const response = await post('/test/testing/arm64', { tests: JSON.stringify(tests) });
    expect([response.statusCode, response.json()]).toMatchObject([201, [{ package: 'vagrant' }]]);
    const none = await post('/test/testing/arm64', { tests: JSON.stringify([tests[0]]) });
    expect([none.statusCode, none.json()]).toEqual([201, []]);
  });

  it.each([
    ['{', 'tests: "{" is not allowed; allowed is a JSON array of objects'],
    ['{}', 'tests: an object'],
    ['[null]', 'tests: a list of 1'],
    ['[{}]', 'tests[0].package: nothing'],
    ['[{"package":"hello"},{"package":"hello","trigger":1}]', 'tests[1].trigger: 1'],
    ['[{"package":"hello","pin-packages":[["unstable"]]}]', 'tests[0].pin-packages: '],
    ['[{"package":"hello","pin-packages":["unstable"]}]', 'tests[0].pin-packages: '],
    ['[{"package":"hello","is_private":"yes"}]', 'tests[0].is_private: "yes"'],
    ['[{"package":"hello","extra-apt-sources":"x"}]', 'tests[0].extra-apt-sources: "x"'],
    ['[{"package":"../hello"}]', 'jobs[0].package: "../hello"'],
  ])('are refused as a whole where one is wrong: %s', async (json, reason) => {
    const { statusCode, body } = await post('/test/testing/arm64', { tests: json });
    expect([statusCode, body]).toEqual([400, expect.stringContaining(reason)]);
    expect(await enqueued()).toEqual([]);
  });

  it('need a form', async () => {
    const headers = { 'auth-key': ALICE, 'content-type': 'application/json' };
    const json = await app.inject({ method: 'POST', url: '/api/v1/test/testing/arm64', headers, payload: '[]' });
    expect([json.statusCode, json.body]).toEqual([400, expect.stringContaining('content-type: "application/json"')]);
    expect((await call('POST', '/test/testing/arm64')).statusCode).toBe(400);
    const huge = await post('/test/testing/arm64', { tests: 'x'.repeat(5_000_000) });
    expect(huge.statusCode).toBe(413);
  });

  it('of several suites and arches come as a batch', async () => {
    const batch = [
      { suite: 'unstable', arch: ['amd64', 'arm64'], tests: [{ package: 'hello' }] },
      { suite: 'testing', arch: 'amd64', tests: [{ package: 'dpkg' }] },
    ];
    expect((await post('/test/batch', { tests: JSON.stringify(batch) })).statusCode).toBe(201);
    expect((await enqueued()).map((job) => `${job.package} ${job.suite}/${job.arch}`)).toEqual([
      'hello unstable/amd64',
      'hello unstable/arm64',
      'dpkg testing/amd64',
    ]);
    const wrong = await post('/test/batch', { tests: '[{"suite":"unstable","tests":[]}]' });
    expect([wrong.statusCode, wrong.body]).toEqual([400, expect.stringContaining('tests[0].arch: nothing')]);
  });
});

describe('results', () => {
  const results = async (since?: number, key = ALICE): Promise<Results> => {
    const response = await call('GET', since === undefined ? '/test' : `/test?since=${since}`, key);
    expect([response.statusCode, response.headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
    return response.json();
  };

  it('are of what the key’s user asked for, private or not, ended or not', async () => {
    await world.happen(
      ...finishedRun(
        { runId: 1, requestor: 'alice', private: true, trigger: 'foo/1.2' },
        { version: '4.5', status: 'fail' },
      ),
      { type: 'TestEnqueued', data: aJob({ runId: 2, requestor: 'alice' }) },
      ...finishedRun({ runId: 3, requestor: 'bob' }),
      { type: 'TestEnqueued', data: aJob({ runId: 4, requestor: null }) },
    );
    const { until, results: mine } = await results();
    expect(mine).toMatchObject([
      { run_id: 1, trigger: 'foo/1.2', version: '4.5', status: 'fail', is_private: true, requestor: 'alice' },
      { run_id: 2, package: 'hello', suite: 'unstable', arch: 'amd64', version: null, status: null, date: null },
    ]);
    expect(until).toBeLessThanOrEqual(Date.parse(mine.at(-1)!.updated_at) / 1000);
    expect((await results(0, BOB)).results).toMatchObject([{ run_id: 3 }]);
    expect(await results(77, OPERATOR_KEY)).toEqual({ until: 77, results: [] });
  });

  it('come again when something happened since; `until` leads to all that is new', async () => {
    await post('/test/unstable/amd64/hello', {});
    await caughtUp();
    const first = await results();
    expect(first.results).toMatchObject([{ run_id: 1, status: null }]);
    await world.happen(finishedRun({ runId: 1 }).at(-1)!);
    expect((await results(first.until)).results).toMatchObject([{ run_id: 1, status: 'pass' }]);
    const later = Math.ceil(Date.now() / 1000) + 1;
    expect(await results(later)).toEqual({ until: later, results: [] });
  });

  it('come whole, however many', async () => {
    for (let runId = 1; runId <= 1203; runId++) {
      await world.write({ type: 'TestEnqueued', data: aJob({ runId, requestor: 'alice' }) });
    }
    await caughtUp();
    const { results: all } = await results();
    expect(all.map(({ run_id: id }) => id)).toEqual(Array.from({ length: 1203 }, (_, n) => n + 1));
  });

  it('are refused of a time that is none', async () => {
    for (const since of ['yesterday', '-1', '1e9', '123456789012']) {
      const { statusCode, body } = await call('GET', `/test?since=${since}`);
      expect([statusCode, body]).toEqual([400, expect.stringContaining('since: ')]);
    }
  });
});

describe('runs', () => {
  const runs = finishedRun({ runId: 1, requestor: 'alice', private: true });
  const open = { type: 'TestEnqueued', data: aJob({ runId: 2, requestor: 'alice' }) } as const;

  it('are pending or completed, for who may see them', async () => {
    await world.happen(...runs, open);
    expect((await call('GET', '/job_state/1')).json()).toEqual({ state: 'completed' });
    expect((await call('GET', '/job_state/2', BOB)).json()).toEqual({ state: 'pending' });
    for (const [runId, key] of [
      ['1', BOB],
      ['3', ALICE],
      ['x', ALICE],
    ] as const) {
      expect((await call('GET', `/job_state/${runId}`, key)).statusCode).toBe(400);
    }
  });

  it('are published by their requestor', async () => {
    await world.happen(...runs, open);
    expect((await post('/test/publish', { run_ids: '1' }, BOB)).statusCode).toBe(400);
    const { statusCode, body } = await post('/test/publish', { run_ids: '1, 2' });
    expect([statusCode, JSON.parse(body)]).toEqual([
      200,
      [
        { run_id: 1, changed: true },
        { run_id: 2, changed: false },
      ],
    ]);
    expect((await post('/test/publish', { run_ids: '2' }, BOB)).statusCode).toBe(403);
    expect((await post('/test/publish', {})).statusCode).toBe(400);
  });

  it('are retried', async () => {
    await world.happen(...runs, open);
    const { statusCode, body } = await call('POST', '/retry/2', BOB);
    expect([statusCode, JSON.parse(body)]).toMatchObject([201, { run_id: 3, package: 'hello' }]);
    expect((await enqueued()).at(-1)).toMatchObject({ requestor: 'bob', origin: { kind: 'retry', of: 2 } });
    expect((await call('POST', '/retry/1', BOB)).statusCode).toBe(400);
  });
});

describe('lists', () => {
  it('of what is rejected have Debian’s form', async () => {
    world.rejected.push(
      { package: 'bash', suite: 'testing', arch: '*', version: '*', reason: null },
      { package: 'bash', suite: 'unstable', arch: 'amd64', version: '5.0.0', reason: 'breaks the testbed' },
      { package: '__proto__', suite: 'constructor', arch: '*', version: '*', reason: null },
    );
    expect((await call('GET', '/reject_list')).body).toBe(
      JSON.stringify({
        bash: { testing: { '*': { '*': '' } }, unstable: { amd64: { '5.0.0': 'breaks the testbed' } } },
        ['__proto__']: { constructor: { '*': { '*': '' } } },
      }),
    );
  });

  it('of packages name all that were tested publicly', async () => {
    expect((await call('GET', '/packages')).json()).toEqual([]);
    await world.happen(
      ...finishedRun({ runId: 1 }),
      ...finishedRun({ runId: 2, package: 'apt' }),
      ...finishedRun({ runId: 3, package: 'secret', private: true }),
    );
    expect((await call('GET', '/packages')).json()).toEqual(['apt', 'hello']);
  });
});
