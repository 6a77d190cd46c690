import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ArtifactsUnavailableError, BrokenResultError, type RunKey } from '../../../src/domain/ports/artifact-store.js';
import { InvalidInputError } from '../../../src/domain/errors.js';
import { FileArtifactStore } from '../../../src/adapters/files/artifact-store.js';
import { artifactStoreConformance, logText } from '../../conformance/artifact-store.js';
import { artifactFolders, NOW } from '../../support/artifact-folders.js';
import { smallDisk } from '../../support/small-disk.js';
import { HELLO, HELLO_FOLDER, helloResult, LOG_TEXT, resultFiles, tarGz } from '../../support/tarballs.js';
import { listing } from '../../support/temporary-folder.js';

artifactStoreConformance('FileArtifactStore', async () => (await artifactFolders()).store);

function gnuTarList(file: string): string[] {
  return execFileSync('tar', ['tzf', file], { encoding: 'utf8' }).trimEnd().split('\n');
}

describe("the results of Debian's own worker", () => {
  const FIXTURES = path.join(import.meta.dirname, '../../fixtures/debci-4.4/results');

  it.each([
    { runId: 1, durationSeconds: 118, logBytes: 357 },
    { runId: 2, durationSeconds: 93, logBytes: 358 },
  ])('are understood in every field (run $runId)', async ({ runId, durationSeconds, logBytes }) => {
    const late = { now: () => new Date('2026-12-01T00:00:00Z') };
    const { store, dataDir } = await artifactFolders({ clock: late });
    const staged = await store.receive(await readFile(path.join(FIXTURES, `hello-${runId}-exit0.tar.gz`)));
    expect({ run: staged.run, outcome: staged.outcome, trigger: staged.trigger }).toEqual({
      run: { runId, package: 'hello', suite: 'unstable', arch: 'amd64' },
      outcome: {
        exitCode: 0,
        status: 'pass',
        message: 'All tests passed',
        version: '0.0.0-1~20261124',
        durationSeconds,
        finishedAt: '2026-11-24T06:41:01.000Z',
        worker: 'vm',
        tests: [],
        logBytes,
        artifactsBytes: expect.any(Number) as number,
        testbedDigest: null,
      },
      trigger: null,
    });
    await staged.commit();
    const place = path.join(dataDir, `autopkgtest/unstable/amd64/h/hello/${runId}`);
    const names = ['testpkg-version', 'duration.in', 'worker', 'exitcode', 'duration'];
    expect(gnuTarList(path.join(place, 'artifacts.tar.gz'))).toEqual(names);
    expect((await readFile(path.join(place, 'artifacts.tar.gz'))).byteLength).toBe(staged.outcome.artifactsBytes);
    expect(await logText(store, staged.run)).toMatch(/^0s autopkgtest \[06:41:01\]: starting date and time/);
  });
});

describe('the files of a result', () => {
  it("lie in Debian's layout, two a run, and nothing stays in the staging folder", async () => {
    const { store, dataDir, stagingDir } = await artifactFolders();
    await (await store.receive(helloResult())).commit();
    const files = (await listing(dataDir)).filter((name) => !name.endsWith('/'));
    expect(files).toEqual(['artifacts.tar.gz', 'log.gz'].map((name) => `autopkgtest/unstable/amd64/h/hello/7/${name}`));
    expect(await listing(stagingDir)).toEqual([]);
  });

  it('are the same bytes for the same tarball', async () => {
    const { store, dataDir } = await artifactFolders();
    const place = path.join(dataDir, 'autopkgtest/unstable/amd64/h/hello/7/artifacts.tar.gz');
    const stored = [];
    for (let i = 0; i < 2; i++) {
      await (await store.receive(helloResult())).commit();
      stored.push(await readFile(place));
    }
    expect(stored[0]).toEqual(stored[1]);
  });

  it('leave nothing in the staging folder when they replace older ones, or are discarded', async () => {
    const { store, stagingDir } = await artifactFolders();
    await (await store.receive(helloResult())).commit();
    await (await store.receive(helloResult())).commit();
    await (await store.receive(helloResult())).discard();
    expect(await listing(stagingDir)).toEqual([]);
  });

  it('are found where a crash left an unfinished result too, which an hour later is cleared away', async () => {
    const { stagingDir, dataDir, quarantineDir } = await artifactFolders();
    const [old, young] = [path.join(stagingDir, '.tmp-old'), path.join(stagingDir, '.tmp-young')];
    for (const leftover of [old, young]) {
      await mkdir(leftover);
      await writeFile(path.join(leftover, 'log.gz'), 'half');
    }
    await utimes(old, new Date('2025-12-31T22:00:00Z'), new Date('2025-12-31T22:00:00Z'));
    await utimes(young, NOW, NOW);
    await FileArtifactStore.open({ dataDir, stagingDir, quarantineDir, clock: { now: () => NOW } });
    expect(await listing(stagingDir)).toEqual(['.tmp-young/', '.tmp-young/log.gz']);
  });

  it('cannot be asked for by a run that leads elsewhere', async () => {
    const { store } = await artifactFolders();
    const elsewhere: RunKey = { ...HELLO, suite: '../..' };
    expect(() => store.readLog(elsewhere)).toThrow(InvalidInputError);
    expect(() => store.purge({ ...HELLO, package: '..' })).toThrow(InvalidInputError);
  });

  it('that cannot be written are no fault of the result', async () => {
    const { store, stagingDir } = await artifactFolders();
    await rm(stagingDir, { recursive: true });
    await writeFile(stagingDir, 'no folder');
    await expect(store.receive(helloResult())).rejects.toThrow(ArtifactsUnavailableError);
  });
});

describe('a full disk', () => {
  it('is no fault of the result, and leaves nothing half-written', async (context) => {
    const disk = await smallDisk(256);
    if (disk === null) return context.skip('needs the right to mount a tmpfs');
    const [dataDir, stagingDir] = [path.join(disk, 'data'), path.join(disk, 'staging')];
    const { store } = await artifactFolders({ dataDir, stagingDir });
    const noise = Array.from({ length: 20 }, () => randomBytes(50_000));
    const members = noise.map((content, n) => ({ name: `${HELLO_FOLDER}/artifacts/${n}`, content }));
    const large = store.receive(tarGz([...resultFiles(), ...members]));
    await expect(large).rejects.toThrow(/cannot stage a result: ENOSPC/);
    await expect(large).rejects.toThrow(ArtifactsUnavailableError);
    expect(await listing(disk)).toEqual(['data/', 'staging/']);
    await (await store.receive(helloResult())).commit();
    expect(await logText(store)).toBe(LOG_TEXT);
  });
});

describe('an outcome', () => {
  it.each([
    ['0\n', 0, 'pass'],
    ['16\n', 16, 'tmpfail'],
    ['8', 8, 'neutral'],
    ['', 20, 'tmpfail'],
    [null, 20, 'tmpfail'],
    ['99\n', 99, 'tmpfail'],
  ])('has the verdict of exit code %j', async (exitcode, exitCode, status) => {
    const { store } = await artifactFolders();
    const { outcome } = await store.receive(helloResult({ exitcode }));
    expect(outcome).toMatchObject({ exitCode, status });
  });

  it.each([
    ['hello 2.10-3\n', '2.10-3'],
    ['hello 1:2.10~rc1+dfsg-3', '1:2.10~rc1+dfsg-3'],
    ['other 2.10-3\n', null],
    ['hello <script>\n', null],
    ['hello 1 2\n', null],
    ['hello\n', null],
    [`hello 1${'0'.repeat(5000)}\n`, null],
    [null, null],
  ])('of testpkg-version %j', async (text, version) => {
    const { store } = await artifactFolders();
    expect((await store.receive(helloResult({ 'testpkg-version': text }))).outcome.version).toBe(version);
  });

  it.each([
    ['glibc/2.42-1\n', 'glibc/2.42-1'],
    ['two words', 'two words'],
    ['a\nb\n', null],
    ['\u001b[31mred', null],
    ['x'.repeat(513), null],
    ['\n', null],
    [null, null],
  ])('comes with the trigger %j', async (text, trigger) => {
    const { store } = await artifactFolders();
    expect((await store.receive(helloResult({ trigger: text }))).trigger).toBe(trigger);
  });

  it('is not from the future', async () => {
    const { store } = await artifactFolders();
    const mtime = NOW.getTime() / 1000 + 1000;
    const { outcome } = await store.receive(tarGz(resultFiles().map((file) => ({ ...file, mtime }))));
    expect(outcome.finishedAt).toBe(NOW.toISOString());
  });

  it.each([
    { duration: null },
    { duration: 'soon\n' },
    { duration: '-1\n' },
    { duration: '1e3\n' },
    { exitcode: 'pass\n' },
    { exitcode: '0x0\n' },
    { worker: null },
    { worker: '\n' },
    { worker: 'a\nb\n' },
    { worker: '\u001b[31mred\n' },
    { 'log.gz': null },
    { 'log.gz': '' },
    { 'log.gz': 'no gzip at all' },
    { 'log.gz': Buffer.from([0x1f]) },
  ])('cannot be had from a result with %j', async (changes) => {
    const { store, stagingDir } = await artifactFolders();
    await expect(store.receive(helloResult(changes))).rejects.toThrow(BrokenResultError);
    expect(await listing(stagingDir)).toEqual([]);
  });
});

describe('a stored log', () => {
  it('that is a bomb is cut', async () => {
    const { store } = await artifactFolders({ logBytes: 1000 });
    await (await store.receive(helloResult({ 'log.gz': gzipSync('x'.repeat(1_000_000)) }))).commit();
    expect(await logText(store)).toBe('x'.repeat(1000));
  });

  it('that is damaged ends in an error, after what is whole', async () => {
    const { store } = await artifactFolders();
    const cut = gzipSync(LOG_TEXT).subarray(0, -4);
    await (await store.receive(helloResult({ 'log.gz': cut }))).commit();
    await expect(logText(store)).rejects.toThrow(BrokenResultError);
  });

  it('may be left alone, or left in the middle', async () => {
    const { store } = await artifactFolders();
    await (await store.receive(helloResult({ 'log.gz': gzipSync('x'.repeat(1_000_000)) }))).commit();
    store.readLog(HELLO);
    for await (const chunk of store.readLog(HELLO)!) {
      expect(chunk.byteLength).toBeGreaterThan(0);
      break;
    }
  });
});

describe('messages that are set aside', () => {
  const TIME = '2026-01-01T000000.000Z';

  it('lie by time, each with the reason', async () => {
    const { store, quarantineDir } = await artifactFolders();
    const place = await store.setAside(Buffer.from('noise'), 'it is noise');
    // The first 16 digits of sha256sum of "noise".
    expect(place).toBe(path.join(quarantineDir, `${TIME}-efe2a5c09e6d49d7.tar.gz`));
    expect(await readFile(place.replace(/\.tar\.gz$/, '.reason'), 'utf8')).toBe('it is noise\n5 bytes\n');
  });

  it('are kept once, however often they come', async () => {
    const { store, quarantineDir } = await artifactFolders();
    const places = await Promise.all([1, 2, 3].map(() => store.setAside(Buffer.from('noise'), 'it is noise')));
    expect(new Set(places).size).toBe(1);
    expect(await listing(quarantineDir)).toHaveLength(2);
  });

  it('take no more room than they may: the oldest go first', async () => {
    let now = NOW.getTime();
    const clock = { now: () => new Date((now += 1000)) };
    const { store, quarantineDir } = await artifactFolders({ clock, quarantineBytes: 100 });
    const places = await Promise.all([1, 2, 3, 4, 5].map((n) => store.setAside(Buffer.alloc(30, n), `message ${n}`)));
    expect(places.map((place) => existsSync(place))).toEqual([false, false, true, true, true]);
    expect(await listing(quarantineDir)).toHaveLength(6);
  });

  it('keep as much of a huge one as there is room', async () => {
    const { store } = await artifactFolders({ quarantineBytes: 100 });
    const place = await store.setAside(Buffer.alloc(1000, 'x'), 'too big');
    expect((await readFile(place)).byteLength).toBe(100);
    expect(await readFile(place.replace(/\.tar\.gz$/, '.reason'), 'utf8')).toBe('too big\n1000 bytes\n');
  });
});
