import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { LightMyRequestResponse } from 'fastify';
import { describe, expect, it, vi } from 'vitest';
import { awaitReadModel } from '../../src/projections/read-model.js';
import { createServer } from '../../src/web/server.js';
import { listPath, STATUS_LISTS } from '../../src/web/status-lists.js';
import { aJob, finishedRun } from '../support/event-log.js';
import { appOf, serverOptions, storeFile, storeLog } from '../support/sites.js';

const FILES = '/data/autopkgtest/unstable/amd64/h/hello/1';
const HISTORY = '/packages/h/hello/unstable/amd64/';
const job = aJob({ runId: 1 });

async function get(
  options: Parameters<typeof appOf>[0],
  url: string,
  headers: Record<string, string> = {},
): Promise<LightMyRequestResponse> {
  return (await appOf(options)).inject({ url, headers });
}

describe('the server', () => {
  it('serves rendered pages, and makes those that are not rendered', async () => {
    const options = serverOptions(...finishedRun(job));
    mkdirSync(join(options.htmlDir, 'packages/h/hello'), { recursive: true });
    writeFileSync(join(options.htmlDir, 'packages/h/hello/index.html'), 'rendered');
    expect((await get(options, '/packages/h/hello/')).body).toBe('rendered');
    expect((await get(options, '/packages/h/')).body).toContain('hello');
    expect((await get(options, HISTORY)).body).toContain('2.10-3');
    expect((await get(options, '/status/')).body).toContain('unstable');
  });

  it('puts an address right that lacks its last slash', async () => {
    const response = await get(serverOptions(...finishedRun(job)), '/packages/h/hello');
    expect([response.statusCode, response.headers.location]).toEqual([301, '/packages/h/hello/']);
  });

  it.each(['/status/', '/status/failing/', '/packages/h/hello/', HISTORY])('shows %s as it was', async (path) => {
    const options = serverOptions(...finishedRun(job));
    mkdirSync(join(options.htmlDir, path), { recursive: true });
    writeFileSync(join(options.htmlDir, path, 'index.html'), 'of now');
    const then = await get(options, `${path}?as-of=2026-01-02`);
    expect([then.statusCode, then.body.includes('As of <time datetime="2026-01-02T23:59:59.999Z">')]).toEqual([
      200,
      true,
    ]);
    for (const bad of ['yesterday', '2026-02-30', '<script>'])
      expect((await get(options, `${path}?as-of=${encodeURIComponent(bad)}`)).statusCode).toBe(404);
  });

  it.each(['/', '/packages/h/', '/status/pending/', '/status/queue/', '/status/reject_list/'])(
    'does not show %s of today as if it were of then',
    async (path) => {
      expect((await get(serverOptions(...finishedRun(job)), `${path}?as-of=2026-01-02`)).statusCode).toBe(404);
    },
  );

  it.each([
    '/nowhere',
    '/packages/h/nothing/',
    '/packages/-/',
    '/data/',
    '/%E0',
    '/packages/h/hello/unstable/amd64/99/',
  ])('answers %s with a page that says that nothing is there', async (url) => {
    const response = await get(serverOptions(...finishedRun(job)), url);
    expect(response.statusCode).toBe(404);
    expect(response.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(response.headers['content-security-policy']).toContain("default-src 'none'");
    expect(response.body).toContain('There is nothing at this address');
  });

  it.each(['/', '/nowhere', `${FILES}/log.gz`, '/healthz', '/packages/-/search?query=x'])(
    'lets %s run nothing but its own scripts, be framed by nobody and ask nobody else',
    async (url) => {
      const { headers } = await get(serverOptions(), url);
      expect(headers['content-security-policy']).toBe(
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      );
      expect(headers['x-content-type-options']).toBe('nosniff');
    },
  );

  it('says how far its answers go', async () => {
    const response = await get(serverOptions(...finishedRun(job)), '/healthz');
    expect(response.json()).toEqual({ status: 'ok', position: '0000000000000002' });
  });

  it('tells of a failure of its own without saying what it was, and logs it', async () => {
    const error = vi.fn();
    const options = serverOptions();
    const failing = { readLog: () => null };
    options.readModel.close();
    const response = await get({ ...options, logs: failing, logger: { ...options.logger, error } }, '/healthz');
    expect(response.statusCode).toBe(500);
    expect(response.body).toContain('Something went wrong');
    expect(response.body).not.toMatch(/database|at .*\.ts/);
    expect(error).toHaveBeenCalledOnce();
  });

  it('says when to come again while the read model is being made', async () => {
    const readModel = awaitReadModel('/nonexistent/read-model.sqlite');
    const response = await get({ ...serverOptions(), readModel }, '/healthz');
    expect(response.statusCode).toBe(503);
    expect(response.headers['retry-after']).toBe('10');
    expect(response.body).toContain('Not ready yet');
  });

  it('listens on a real port, and lets go of it', async () => {
    const server = await createServer(serverOptions(...finishedRun(job)));
    const address = await server.listen(0, '127.0.0.1');
    const response = await fetch(`${address}/packages/h/hello/`);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('2.10-3');
    await server.close();
    await expect(fetch(address)).rejects.toThrow();
  });
});

describe('conditional requests', () => {
  it.each([HISTORY, '/packages/-/search?query=nothing', '/assets/debci.css', `${FILES}/log.gz`])(
    'for %s are answered with 304 where nothing changed',
    async (url) => {
      const options = serverOptions(...finishedRun(job));
      storeLog(options.dataDir, job, 'a log');
      mkdirSync(join(options.htmlDir, 'assets'));
      writeFileSync(join(options.htmlDir, 'assets/debci.css'), 'a {}');
      const app = await appOf(options);
      const first = await app.inject({ url });
      const etag = String(first.headers.etag);
      const second = await app.inject({ url, headers: { 'if-none-match': etag } });
      expect([first.statusCode, second.statusCode, second.body]).toEqual([200, 304, '']);
      expect((await app.inject({ url, headers: { 'if-none-match': '"other"' } })).statusCode).toBe(200);
    },
  );
});

describe('the search', () => {
  const options = (): Parameters<typeof appOf>[0] =>
    serverOptions(...finishedRun(job), ...finishedRun({ runId: 2, package: 'hello-traditional' }));

  it('leads to the package, if it can only be that one', async () => {
    const response = await get(options(), '/packages/-/search?query=traditional');
    expect([response.statusCode, response.headers.location]).toEqual([303, '/packages/h/hello-traditional/']);
  });

  it('lists what it found', async () => {
    const { body } = await get(options(), '/packages/-/search?query=hello');
    expect(body).toContain('href="/packages/h/hello/"');
    expect(body).toContain('href="/packages/h/hello-traditional/"');
  });

  it.each([
    '',
    '?query=',
    '?query=nothing',
    '?query=a&query=b',
    '?query[x]=1',
    `?query=${'x'.repeat(5000)}`,
    '?query=%00',
  ])('answers %s with a page', async (query) => {
    expect((await get(options(), `/packages/-/search${query}`)).statusCode).toBe(200);
  });

  it('shows what was asked as text', async () => {
    const { body } = await get(options(), '/packages/-/search?query=%22%3E%3Cscript%3E');
    expect(body).toContain('value="&quot;&gt;&lt;script&gt;"');
    expect(body).not.toMatch(/<script(?! (type="module" )?src="\/assets\/)/);
  });
});

describe('older parts of a history', () => {
  it('are made for the request, even where the newest part is rendered', async () => {
    const options = serverOptions(...finishedRun(job), ...finishedRun({ runId: 2 }, { version: '2.12-1' }));
    mkdirSync(join(options.htmlDir, HISTORY), { recursive: true });
    writeFileSync(join(options.htmlDir, HISTORY, 'index.html'), 'rendered');
    const { body } = await get(options, `${HISTORY}?before=2026-01-01T12:00:00.000Z_2`);
    expect(body).toContain('2.10-3');
    expect(body).not.toContain('2.12-1');
  });

  it.each(['x', '', '2026-01-01T12:00:00.000Z', '_1', "2026-01-01T12:00:00.000Z_1'"])(
    'are not there before %j',
    async (before) => {
      const response = await get(serverOptions(...finishedRun(job)), `${HISTORY}?before=${encodeURIComponent(before)}`);
      expect(response.statusCode).toBe(404);
    },
  );
});

describe('files', () => {
  it('come with types that a browser shows or keeps', async () => {
    const options = serverOptions(...finishedRun(job));
    storeLog(options.dataDir, job, 'the log\n');
    storeFile(options.dataDir, 'autopkgtest/unstable/amd64/h/hello/1/artifacts.tar.gz', 'artifacts');
    const log = await get(options, `${FILES}/log.gz`);
    expect(log.headers).toMatchObject({ 'content-type': 'text/plain; charset=utf-8', 'content-encoding': 'gzip' });
    expect(gunzipSync(log.rawPayload).toString()).toBe('the log\n');
    const artifacts = await get(options, `${FILES}/artifacts.tar.gz`);
    expect(artifacts.headers).toMatchObject({
      'content-type': 'application/gzip',
      'content-disposition': 'attachment',
    });
    expect(artifacts.body).toBe('artifacts');
  });

  it('are those two of known public runs, and nothing else of the data folder', async () => {
    const secret = aJob({ runId: 2, private: true, requestor: 'alice' });
    const options = serverOptions(...finishedRun(job), ...finishedRun(secret));
    for (const of of [job, secret, aJob({ runId: 7 })]) storeLog(options.dataDir, of, 'private words');
    const stray = ['state/log.db', '.secret', 'autopkgtest/.secret', 'autopkgtest/unstable/amd64/h/hello/1/exitcode'];
    for (const path of stray) storeFile(options.dataDir, path, 'private words');
    const urls = [
      '/data/autopkgtest/unstable/amd64/h/hello/2/log.gz',
      '/data/autopkgtest/unstable/amd64/h/hello/7/log.gz',
      '/data/autopkgtest/unstable/amd64/h/hello/01/log.gz',
      '/data/autopkgtest/unstable/amd64/h/hello/1e0/log.gz',
      '/data/autopkgtest/testing/amd64/h/hello/1/log.gz',
      '/data/autopkgtest/unstable/amd64/x/hello/1/log.gz',
      '/data/autopkgtest/unstable/amd64/h/hello/1/exitcode',
      '/data/autopkgtest/unstable/amd64/h/hello/1/..%2f2%2flog.gz',
      '/data/autopkgtest/unstable/amd64/h/hello/1/',
      ...['/data/state/log.db', '/data/.secret', '/data/autopkgtest/.secret', '/data/autopkgtest/%2e%2e/state/log.db'],
      ...['/../state/log.db', '/%2e%2e/state/log.db', '/..%5cstate'],
    ];
    const app = await appOf(options);
    for (const url of urls) {
      const response = await app.inject({ url });
      expect(response.statusCode, url).toBe(404);
      expect(response.body, url).not.toContain('private words');
    }
  });

  it('cannot be reached around the routes by an address that no client would clean up', async () => {
    const options = serverOptions(...finishedRun(job));
    storeFile(options.dataDir, 'state/log.db', 'private words');
    const server = await createServer(options);
    const { port } = new URL(await server.listen(0, '127.0.0.1'));
    for (const path of [
      '/data/autopkgtest/../../state/log.db',
      '/../../../../etc/passwd',
      '//etc/passwd',
      '/data//../state/log.db',
    ]) {
      const status = await new Promise((resolve, reject) => {
        request({ port, path, host: '127.0.0.1' }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
          .on('error', reject)
          .end();
      });
      expect(status, path).toBe(404);
    }
    await server.close();
  });
});

describe('the page of a run', () => {
  it('shows its log as text, with the raw one a click away', async () => {
    const options = serverOptions(...finishedRun(job, { status: 'fail', message: 'At least one test failed' }));
    storeLog(options.dataDir, job, 'autopkgtest: </pre><script>hack()</script>\n');
    const { body, headers } = await get(options, `${HISTORY}1/`);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(body).toContain('</a>autopkgtest: &lt;/pre&gt;&lt;script&gt;hack()&lt;/script&gt;\n</span>');
    expect(body).toContain(`href="${FILES}/log.gz"`);
    expect(body).toContain('At least one test failed');
    expect(body).not.toMatch(/<script(?! (type="module" )?src="\/assets\/)/);
    expect(body.trimEnd().endsWith('</html>')).toBe(true);
  });

  it('says so where there is no log', async () => {
    expect((await get(serverOptions(...finishedRun(job)), `${HISTORY}1/`)).body).toContain('There is no log.');
    const purged = { type: 'TestFilesPurged', data: { runId: 1, by: 'collector', reason: null } } as const;
    const options = serverOptions(...finishedRun(job), purged);
    expect((await get(options, `${HISTORY}1/`)).body).toContain('Log and artifacts of this run were removed');
  });
});

describe('a private run', () => {
  it('is on no address of the server', async () => {
    const secret = aJob({ runId: 1, package: 'secret', private: true, requestor: 'alice', trigger: 'embargoed' });
    const running = { ...secret, runId: 2 };
    const options = serverOptions(
      ...finishedRun(secret, { status: 'fail' }),
      { type: 'TestEnqueued', data: running },
      { type: 'TestStarted', data: { runId: 2, attempt: 1, worker: 'worker1' } },
      ...finishedRun({ runId: 3 }),
    );
    storeLog(options.dataDir, secret, 'private words');
    const app = await appOf(options);
    const found = [
      '/',
      '/status/',
      ...STATUS_LISTS.map((list) => listPath(list)),
      '/packages/-/search?query=ecre',
      '/healthz',
    ];
    const missing = ['/packages/s/', '/packages/s/secret/', '/packages/s/secret/unstable/amd64/'].concat([
      '/packages/s/secret/unstable/amd64/?before=2027-01-01T00:00:00.000Z_9',
      '/packages/s/secret/unstable/amd64/1/',
      '/data/autopkgtest/unstable/amd64/s/secret/1/log.gz',
    ]);
    for (const url of [...found, ...missing]) {
      const { statusCode, body } = await app.inject({ url });
      expect(statusCode, url).toBe(found.includes(url) ? 200 : 404);
      expect(body, url).not.toMatch(/secret|embargoed|private words/);
    }
  });
});
