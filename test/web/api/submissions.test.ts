import { beforeEach, describe, expect, it } from 'vitest';
import { aJob, finishedRun } from '../../support/event-log.js';
import { BOB } from '../../graphql/world.js';
import { Rest } from './rest.js';

let rest: Rest;

beforeEach(async () => {
  rest = await Rest.start();
});

describe('one package', () => {
  it('is enqueued in the name of the key’s user', async () => {
    const response = await rest.post('/test/unstable/amd64/hello', { priority: '8', trigger: 'glibc/2.42-1' });
    expect(response.statusCode).toBe(201);
    expect(response.json()).toEqual([
      { run_id: 1, package: 'hello', suite: 'unstable', arch: 'amd64', backend: 'fake' },
    ]);
    expect(await rest.world.enqueued()).toMatchObject([
      { requestor: 'alice', priority: 8, trigger: 'glibc/2.42-1', origin: { kind: 'api' }, private: false, pins: [] },
    ]);
  });

  it('needs nothing but its address; the query’s fields count too', async () => {
    expect((await rest.call('POST', '/test/unstable/amd64/hello')).statusCode).toBe(201);
    expect((await rest.call('POST', '/test/unstable/amd64/hello?is_private=true')).statusCode).toBe(201);
    expect((await rest.post('/test/unstable/amd64/hello', { extra_apt_sources: '["extra"]' })).statusCode).toBe(201);
    expect(await rest.world.enqueued()).toMatchObject([
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
    [
      '/test/unstable/amd64/hello',
      { extra_apt_sources: '[' },
      'extra_apt_sources: "[" is not allowed; allowed is an array of text',
    ],
    ['/test/unstable/amd64/linux-rt', {}, 'linux-rt unstable/amd64 is on the reject list: too big'],
  ])('is refused with the reason: %s %j', async (url, fields, reason) => {
    rest.world.rejected.push({ package: 'linux*', suite: '*', arch: '*', version: '*', reason: 'too big' });
    const { statusCode, body, headers } = await rest.post(url, fields);
    expect([statusCode, headers['content-type']]).toEqual([400, 'text/plain; charset=utf-8']);
    expect(body).toContain(reason);
    expect(await rest.world.enqueued()).toEqual([]);
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
    const { statusCode } = await rest.post('/test/testing/arm64', { tests: JSON.stringify(tests), priority: '1' });
    expect(statusCode).toBe(201);
    expect(await rest.world.enqueued()).toMatchObject([
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
    const type = sent.headers.get('content-type')!;
    const { statusCode } = await rest.send('/test/testing/arm64', Buffer.from(await sent.arrayBuffer()), type);
    expect(statusCode).toBe(201);
    expect((await rest.world.enqueued()).map(({ package: name }) => name)).toEqual(['debci', 'vagrant']);
  });

  it('are enqueued but for those on the reject list', async () => {
    rest.world.rejected.push({ package: 'debci', suite: '*', arch: '*', version: '*', reason: null });
    const response = await rest.post('/test/testing/arm64', { tests: JSON.stringify(tests) });
    expect([response.statusCode, response.json()]).toMatchObject([201, [{ package: 'vagrant' }]]);
    const none = await rest.post('/test/testing/arm64', { tests: JSON.stringify([tests[0]]) });
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
    const { statusCode, body } = await rest.post('/test/testing/arm64', { tests: json });
    expect([statusCode, body]).toEqual([400, expect.stringContaining(reason)]);
    expect(await rest.world.enqueued()).toEqual([]);
  });

  it('need a form', async () => {
    const json = await rest.send('/test/testing/arm64', '[]', 'application/json');
    expect([json.statusCode, json.body]).toEqual([400, expect.stringContaining('content-type: "application/json"')]);
    expect((await rest.call('POST', '/test/testing/arm64')).statusCode).toBe(400);
    const huge = await rest.post('/test/testing/arm64', { tests: 'x'.repeat(5_000_000) });
    expect(huge.statusCode).toBe(413);
  });

  it('of several suites and arches come as a batch', async () => {
    const batch = [
      { suite: 'unstable', arch: ['amd64', 'arm64'], tests: [{ package: 'hello' }] },
      { suite: 'testing', arch: 'amd64', tests: [{ package: 'dpkg' }] },
    ];
    expect((await rest.post('/test/batch', { tests: JSON.stringify(batch) })).statusCode).toBe(201);
    expect((await rest.world.enqueued()).map((job) => `${job.package} ${job.suite}/${job.arch}`)).toEqual([
      'hello unstable/amd64',
      'hello unstable/arm64',
      'dpkg testing/amd64',
    ]);
    const wrong = await rest.post('/test/batch', { tests: '[{"suite":"unstable","tests":[]}]' });
    expect([wrong.statusCode, wrong.body]).toEqual([400, expect.stringContaining('tests[0].arch: nothing')]);
    const list = (length: number, item: unknown): unknown[] => Array.from({ length }, () => item);
    const huge = [{ suite: 'unstable', arch: list(50_000, 'a'), tests: list(50_000, { package: 'hello' }) }];
    const refused = await rest.post('/test/batch', { tests: JSON.stringify(huge) });
    expect([refused.statusCode, refused.body]).toEqual([400, expect.stringContaining('at most 10000 in all')]);
  });
});

describe('runs', () => {
  const runs = finishedRun({ runId: 1, requestor: 'alice', private: true });
  const open = { type: 'TestEnqueued', data: aJob({ runId: 2, requestor: 'alice' }) } as const;

  it('are published by their requestor', async () => {
    await rest.world.happen(...runs, open);
    expect((await rest.post('/test/publish', { run_ids: '1' }, BOB)).statusCode).toBe(400);
    const { statusCode, body } = await rest.post('/test/publish', { run_ids: '1, 2' });
    expect([statusCode, JSON.parse(body)]).toEqual([
      200,
      [
        { run_id: 1, changed: true },
        { run_id: 2, changed: false },
      ],
    ]);
    expect((await rest.post('/test/publish', { run_ids: '2' }, BOB)).statusCode).toBe(403);
    expect((await rest.post('/test/publish', {})).statusCode).toBe(400);
  });

  it('are retried', async () => {
    await rest.world.happen(...runs, open);
    const { statusCode, body } = await rest.call('POST', '/retry/2', BOB);
    expect([statusCode, JSON.parse(body)]).toMatchObject([201, { run_id: 3, package: 'hello' }]);
    expect((await rest.world.enqueued()).at(-1)).toMatchObject({ requestor: 'bob', origin: { kind: 'retry', of: 2 } });
    expect((await rest.call('POST', '/retry/1', BOB)).statusCode).toBe(400);
  });
});
