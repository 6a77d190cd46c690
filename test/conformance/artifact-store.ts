import { readFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BrokenResultError, type ArtifactStore } from '../../src/domain/ports/artifact-store.js';
import { HELLO, helloResult, LOG_TEXT, resultFiles, tarGz } from '../support/tarballs.js';

/** The text of a run's log; null where there is none. */
export async function logText(store: ArtifactStore, run = HELLO): Promise<string | null> {
  const log = store.readLog(run);
  if (log === null) return null;
  const chunks: Uint8Array[] = [];
  for await (const chunk of log) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** What every ArtifactStore does. The factory gives an empty one whose clock stands at 2026-01-01. */
export function artifactStoreConformance(name: string, makeStore: () => Promise<ArtifactStore>): void {
  describe(`${name} is an artifact store`, () => {
    it('tells of a result which run it belongs to and how the run ended', async () => {
      const store = await makeStore();
      const files = resultFiles({
        exitcode: '4\n',
        trigger: 'glibc/2.42-1\n',
        summary: 'upstream             PASS\nsmoke                FAIL stderr: oh no\n',
        'testbed-packages': 'libc6\t2.42-1\n',
      });
      const staged = await store.receive(tarGz(files));
      expect(staged.run).toEqual(HELLO);
      expect(staged.trigger).toBe('glibc/2.42-1');
      expect(staged.outcome).toEqual({
        exitCode: 4,
        status: 'fail',
        message: 'At least one test failed',
        version: '2.10-3',
        durationSeconds: 61,
        finishedAt: '2023-11-14T22:13:20.000Z',
        worker: 'worker-1',
        tests: [
          { name: 'upstream', result: 'PASS', detail: null },
          { name: 'smoke', result: 'FAIL', detail: 'stderr: oh no' },
        ],
        logBytes: gzipSync(LOG_TEXT).byteLength,
        artifactsBytes: expect.any(Number) as number,
        // sha256sum of the line above.
        testbedDigest: '8a7cd43d3e35b4c75d9db7c0226fb1e600b7b48e1440ebd288802ccd55659a1d',
      });
      expect(staged.outcome.artifactsBytes).toBeGreaterThan(0);
      await staged.discard();
    });

    it('shows a log only when the result is committed', async () => {
      const store = await makeStore();
      const staged = await store.receive(helloResult());
      expect(await logText(store)).toBeNull();
      await staged.commit();
      expect(await logText(store)).toBe(LOG_TEXT);
    });

    it('forgets a result that is discarded', async () => {
      const store = await makeStore();
      await (await store.receive(helloResult())).discard();
      expect(await logText(store)).toBeNull();
    });

    it('keeps a committed result when it is discarded afterwards', async () => {
      const store = await makeStore();
      const staged = await store.receive(helloResult());
      await staged.commit();
      await staged.discard();
      expect(await logText(store)).toBe(LOG_TEXT);
    });

    it('replaces what was there', async () => {
      const store = await makeStore();
      await (await store.receive(helloResult())).commit();
      await (await store.receive(helloResult({ 'log.gz': gzipSync('second\n') }))).commit();
      expect(await logText(store)).toBe('second\n');
    });

    it('keeps two results of one run apart until they are committed', async () => {
      const store = await makeStore();
      const [first, second] = await Promise.all(
        ['first\n', 'second\n'].map((text) => store.receive(helloResult({ 'log.gz': gzipSync(text) }))),
      );
      await first!.commit();
      expect(await logText(store)).toBe('first\n');
      await second!.commit();
      expect(await logText(store)).toBe('second\n');
    });

    it('has no log of a run that it never saw', async () => {
      expect(await logText(await makeStore(), { ...HELLO, runId: 8 })).toBeNull();
    });

    it('purges one run, and no other', async () => {
      const store = await makeStore();
      const other = resultFiles().map((file) => ({ ...file, name: String(file.name).replace('/7/', '/77/') }));
      await (await store.receive(helloResult())).commit();
      await (await store.receive(tarGz(other))).commit();
      await store.purge(HELLO);
      expect(await logText(store)).toBeNull();
      expect(await logText(store, { ...HELLO, runId: 77 })).toBe(LOG_TEXT);
    });

    it('has nothing to do to purge a run without files', async () => {
      const store = await makeStore();
      await store.purge(HELLO);
      await (await store.receive(helloResult())).commit();
      await store.purge(HELLO);
      await store.purge(HELLO);
      expect(await logText(store)).toBeNull();
    });

    it('takes a result again after a purge', async () => {
      const store = await makeStore();
      await (await store.receive(helloResult())).commit();
      await store.purge(HELLO);
      await (await store.receive(helloResult())).commit();
      expect(await logText(store)).toBe(LOG_TEXT);
    });

    it.each([
      ['nothing', Buffer.alloc(0)],
      ['bytes that are no tarball', randomBytes(2_000)],
      ['a tarball that is cut off', helloResult().subarray(0, 300)],
      ['a tarball without a result', tarGz([])],
      ['a result without a log', helloResult({ 'log.gz': null })],
      ['a path that leads out', tarGz([...resultFiles(), { name: '../../etc/passwd', content: 'x' }])],
      [
        'a link',
        tarGz([...resultFiles(), { name: String(resultFiles()[0]!.name), type: '2', linkname: '/etc/passwd' }]),
      ],
    ])('refuses %s', async (_, body) => {
      const store = await makeStore();
      await expect(store.receive(body)).rejects.toThrow(BrokenResultError);
      expect(await logText(store)).toBeNull();
    });

    it('keeps a message that is set aside, byte by byte', async () => {
      const store = await makeStore();
      const body = randomBytes(5_000);
      const place = await store.setAside(body, 'no result: it is noise');
      expect(await readFile(place)).toEqual(body);
    });
  });
}
