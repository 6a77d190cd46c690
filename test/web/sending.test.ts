import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { describe, expect, it } from 'vitest';
import { aJob, finishedRun } from '../support/event-log.js';
import { appOf, serverOptions, storeFile, storeLog } from '../support/sites.js';

const PAGE = `<!DOCTYPE html>${'<p>hello</p>\n'.repeat(200)}`;
const PACKAGE = '/packages/h/hello/';

/** A site with one rendered page, two runs with logs, one of them private, and a style sheet. */
async function site(): Promise<{ app: FastifyInstance }> {
  const [open, secret] = [aJob({ runId: 1 }), aJob({ runId: 2, private: true })];
  const options = serverOptions(...finishedRun(open), ...finishedRun(secret));
  storeFile(options.htmlDir, 'packages/h/hello/index.html', PAGE);
  storeFile(options.htmlDir, 'assets/debci.css', 'p { color: red }');
  for (const job of [open, secret]) storeLog(options.dataDir, job, `log ${job.runId}`);
  return { app: await appOf(options) };
}

const get = (url: string, headers: Record<string, string> = {}): InjectOptions => ({ url, headers });

describe('a page', () => {
  it('comes with a tag, a date, and leave to keep it as long as it is asked about again', async () => {
    const { app } = await site();
    const { statusCode, headers, body } = await app.inject(get(PACKAGE));
    expect([statusCode, body]).toEqual([200, PAGE]);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      vary: 'accept-encoding',
    });
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-encoding']).toBeUndefined();
  });

  it.each([
    ['br', 'br', brotliDecompressSync],
    ['gzip', 'gzip', gunzipSync],
    ['gzip, deflate, br', 'br', brotliDecompressSync],
    ['br;q=0, gzip', 'gzip', gunzipSync],
  ])('is packed for who accepts %s', async (accepted, encoding, unpack) => {
    const { app } = await site();
    const { headers, rawPayload } = await app.inject(get(PACKAGE, { 'accept-encoding': accepted }));
    expect(headers['content-encoding']).toBe(encoding);
    expect(rawPayload.length).toBeLessThan(PAGE.length / 5);
    expect(unpack(rawPayload).toString()).toBe(PAGE);
  });

  it.each(['identity', 'deflate', ''])('is plain for who accepts %j', async (accepted) => {
    const { app } = await site();
    const { headers, body } = await app.inject(get(PACKAGE, { 'accept-encoding': accepted }));
    expect([headers['content-encoding'], body]).toEqual([undefined, PAGE]);
  });

  it('is not sent again to who has it, packed or plain', async () => {
    const { app } = await site();
    for (const accepted of ['gzip', 'identity']) {
      const first = await app.inject(get(PACKAGE, { 'accept-encoding': accepted }));
      const known = { 'accept-encoding': accepted, 'if-none-match': `"other", ${String(first.headers.etag)}` };
      const again = await app.inject(get(PACKAGE, known));
      expect([again.statusCode, again.body, again.headers.etag]).toEqual([304, '', first.headers.etag]);
    }
  });

  it('has another tag in another encoding', async () => {
    const { app } = await site();
    const tags = await Promise.all(
      ['br', 'gzip', 'identity'].map(
        async (encoding) => (await app.inject(get(PACKAGE, { 'accept-encoding': encoding }))).headers.etag,
      ),
    );
    expect(new Set(tags).size).toBe(3);
  });

  it('is not sent again to who asks by date, unless it also names another tag', async () => {
    const { app } = await site();
    const modified = String((await app.inject(get(PACKAGE))).headers['last-modified']);
    const ask = async (headers: Record<string, string>): Promise<number> =>
      (await app.inject(get(PACKAGE, headers))).statusCode;
    expect(await ask({ 'if-modified-since': modified })).toBe(304);
    expect(await ask({ 'if-modified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' })).toBe(200);
    expect(await ask({ 'if-modified-since': 'yesterday' })).toBe(200);
    expect(await ask({ 'if-modified-since': modified, 'if-none-match': '"other"' })).toBe(200);
  });

  it('tells HEAD what GET would send', async () => {
    const { app } = await site();
    const [head, whole] = [await app.inject({ method: 'HEAD', url: PACKAGE }), await app.inject(get(PACKAGE))];
    expect([head.statusCode, head.body]).toEqual([200, '']);
    expect(head.headers['content-length']).toBe(whole.headers['content-length']);
    expect(head.headers.etag).toBe(whole.headers.etag);
  });

  it('that is not rendered yet is made, and packed too', async () => {
    const { app } = await site();
    const path = '/packages/h/hello/unstable/amd64/';
    const plain = await app.inject(get(path));
    expect(plain.statusCode).toBe(200);
    expect(plain.body).toContain('hello');
    const home = await app.inject(get('/', { 'accept-encoding': 'gzip' }));
    expect(home.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(home.rawPayload).toString()).toContain('<!DOCTYPE html>');
  });

  it('is found at its address without the last slash', async () => {
    const { app } = await site();
    const { statusCode, headers } = await app.inject(get('/packages/h/hello'));
    expect([statusCode, headers.location]).toEqual([301, PACKAGE]);
  });

  it('ignores a query that means nothing', async () => {
    const { app } = await site();
    expect((await app.inject(get(`${PACKAGE}?from=tracker`))).statusCode).toBe(200);
    expect((await app.inject(get('/assets/debci.css?v=2'))).body).toBe('p { color: red }');
  });

  it.each([
    '/%2e%2e/state/events.sqlite',
    '/..%2fstate/x.html',
    '/%00.html',
    '/%',
    '/assets/',
    '/unknown',
    '/packages/h/hello/index.html.1.new',
  ])('is not at %s', async (url) => {
    const { app } = await site();
    const { statusCode, headers } = await app.inject(get(url));
    expect(statusCode).toBe(404);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
  });
});

describe('what is made for a request', () => {
  it('tells of a failure without saying what it was, also to who asks for data', async () => {
    const options = serverOptions(...finishedRun({ runId: 1 }));
    const app = await appOf(options);
    options.readModel.close();
    const urls = ['/data/packages/unstable/amd64/h/hello/latest.json', '/data/feeds/h/hello.xml', '/packages/h/hello/'];
    for (const url of urls) {
      const { statusCode, body } = await app.inject(get(url));
      expect(statusCode).toBe(500);
      expect(body).toContain('Something went wrong');
      expect(body).not.toMatch(/database|at .*\.ts/);
    }
  });

  it('is packed, in parts too, for who accepts that', async () => {
    const runs = Array.from({ length: 600 }, (_, index) => finishedRun({ runId: index + 1 })).flat();
    const app = await appOf(serverOptions(...runs));
    const url = '/data/packages/unstable/amd64/h/hello/history.json';
    const packed = await app.inject(get(url, { 'accept-encoding': 'gzip' }));
    expect(packed.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' });
    expect(gunzipSync(packed.rawPayload).toString()).toBe((await app.inject(get(url))).body);
    expect(packed.rawPayload.length).toBeLessThan(20_000);
  });
});

describe('the log of a run', () => {
  const LOG = '/data/autopkgtest/unstable/amd64/h/hello/1/log.gz';

  it('is text, packed as it is stored, for who accepts that', async () => {
    const { app } = await site();
    for (const headers of [
      {},
      { 'accept-encoding': 'gzip' },
      { 'accept-encoding': 'br, gzip;q=0.5' },
      { 'accept-encoding': '*' },
    ]) {
      const response = await app.inject(get(LOG, headers));
      expect(response.headers).toMatchObject({
        'content-type': 'text/plain; charset=utf-8',
        'content-encoding': 'gzip',
      });
      expect(gunzipSync(response.rawPayload).toString()).toBe('log 1');
    }
  });

  it('is a gzip file for who does not', async () => {
    const { app } = await site();
    for (const accepted of ['identity', 'br', 'gzip;q=0', '']) {
      const { headers, rawPayload } = await app.inject(get(LOG, { 'accept-encoding': accepted }));
      expect([headers['content-type'], headers['content-encoding']]).toEqual(['application/gzip', undefined]);
      expect(gunzipSync(rawPayload).toString()).toBe('log 1');
    }
  });

  it('may be kept, and is not sent again', async () => {
    const { app } = await site();
    const { headers } = await app.inject(get(LOG));
    expect(headers).toMatchObject({ 'cache-control': 'public, max-age=3600', vary: 'accept-encoding' });
    expect((await app.inject(get(LOG, { 'if-none-match': String(headers.etag) }))).statusCode).toBe(304);
    expect((await app.inject(get(LOG, { 'if-modified-since': String(headers['last-modified']) }))).statusCode).toBe(
      304,
    );
  });

  it.each(['log.gz', 'artifacts.tar.gz'])('is told to be missing by a page that can be read: %s', async (file) => {
    const app = await appOf(serverOptions(...finishedRun({ runId: 1 })));
    const { statusCode, headers, body } = await app.inject(get(LOG.replace('log.gz', file)));
    expect([statusCode, headers['content-type'], headers['cache-control']]).toEqual([
      404,
      'text/html; charset=utf-8',
      'no-cache',
    ]);
    expect([headers['content-encoding'], headers['content-disposition']]).toEqual([undefined, undefined]);
    expect(body).toContain('There is nothing at this address');
  });

  it('is nowhere if the run is private', async () => {
    const { app } = await site();
    expect((await app.inject(get(LOG.replace('/1/', '/2/')))).statusCode).toBe(404);
  });
});
