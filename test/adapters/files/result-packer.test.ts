import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer } from 'node:net';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FileResultPacker } from '../../../src/adapters/files/result-packer.js';
import { PackingError, type Workspace } from '../../../src/domain/ports/result-packer.js';
import type { TestExit, TestRequest } from '../../../src/domain/ports/testbed.js';
import { logText } from '../../conformance/artifact-store.js';
import { artifactFolders } from '../../support/artifact-folders.js';
import { listing, temporaryFolder } from '../../support/temporary-folder.js';

const MIB = 1024 * 1024;
const REQUEST: TestRequest = {
  runId: 42,
  package: 'libxml2',
  suite: 'trixie-backports',
  arch: 'arm64',
  backend: 'fake',
  variant: null,
  trigger: 'glibc/2.42-1',
  pins: [],
  extraAptSources: [],
};
const EXIT: TestExit = {
  exitCode: 0,
  ended: 'by itself',
  startedAt: new Date('2025-12-31T10:00:00.000Z'),
  finishedAt: new Date('2025-12-31T10:01:33.400Z'),
};
const ROOT = 'autopkgtest-incoming/trixie-backports/arm64/libx/libxml2/42';

async function workspace(): Promise<Workspace> {
  return new FileResultPacker(await temporaryFolder()).workspace(42);
}

async function leave(where: Workspace, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(where.outputDir, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  }
}

/** Unpacks with GNU tar, which checks the tarball as Debian's collector does. Gives the run's folder. */
async function unpacked(tarball: Uint8Array): Promise<string> {
  const folder = await temporaryFolder();
  execFileSync('tar', ['xzf', '-', '-C', folder], { input: tarball });
  return path.join(folder, ROOT);
}

async function unpackedLog(tarball: Uint8Array): Promise<string> {
  return gunzipSync(await readFile(path.join(await unpacked(tarball), 'log.gz'))).toString();
}

describe("a result of ours is one of Debian's", () => {
  it('with the files, names and contents that its collector expects', async () => {
    const where = await workspace();
    await leave(where, {
      log: 'the log\n',
      summary: 'upstream             PASS\n',
      'testpkg-version': 'libxml2 2.12-1\n',
      'testbed-packages': 'libc6\t2.42-1\n',
      'upstream-packages': 'libxml2\t2.12-1\n',
      'testinfo.json': '{}',
      'artifacts/deep/er': 'kept',
      'upstream-stdout': 'dropped',
      'upstream-stderr': 'dropped',
      'tests-tree/debian/control': 'dropped',
    });
    const folder = await unpacked(await where.pack(REQUEST, EXIT, 'worker-1'));
    const files = (await listing(folder)).filter((name) => !name.endsWith('/'));
    const contents = await Promise.all(files.map((name) => readFile(path.join(folder, name))));
    const text = (name: string, content: Buffer): string =>
      (name === 'log.gz' ? gunzipSync(content) : content).toString();
    expect(Object.fromEntries(files.map((name, index) => [name, text(name, contents[index]!)]))).toEqual({
      'artifacts/deep/er': 'kept',
      duration: '93\n',
      exitcode: '0\n',
      'log.gz': 'the log\n',
      summary: 'upstream             PASS\n',
      'testbed-packages': 'libc6\t2.42-1\n',
      'testinfo.json': '{}',
      'testpkg-version': 'libxml2 2.12-1\n',
      trigger: 'glibc/2.42-1\n',
      'upstream-packages': 'libxml2\t2.12-1\n',
      worker: 'worker-1\n',
    });
    expect((await stat(path.join(folder, 'duration'))).mtime).toEqual(new Date('2025-12-31T10:01:33.000Z'));
  });

  it('of root, with usual permissions, all below one folder, as GNU tar lists it', async () => {
    const where = await workspace();
    await leave(where, { log: 'x', 'artifacts/run.sh': '#!/bin/sh\n' });
    execFileSync('chmod', ['4777', path.join(where.outputDir, 'artifacts/run.sh')]);
    const input = await where.pack(REQUEST, EXIT, 'worker-1');
    const list = execFileSync('tar', ['tvzf', '-', '--numeric-owner'], { input, encoding: 'utf8' })
      .trimEnd()
      .split('\n');
    expect(list.map((line) => line.replace(/ +\d+ \d{4}-\d\d-\d\d \d\d:\d\d/, ''))).toEqual([
      `drwxr-xr-x 0/0 ${ROOT}/`,
      `drwxr-xr-x 0/0 ${ROOT}/artifacts/`,
      ...['artifacts/run.sh', 'exitcode', 'duration', 'worker', 'trigger', 'log.gz'].map(
        (name) => `-rw-r--r-- 0/0 ${ROOT}/${name}`,
      ),
    ]);
  });

  it('without a trigger where there is none', async () => {
    const where = await workspace();
    const folder = await unpacked(await where.pack({ ...REQUEST, trigger: null }, EXIT, 'worker-1'));
    expect(await readdir(folder)).not.toContain('trigger');
  });

  it('with a log even where autopkgtest left none', async () => {
    const where = await workspace();
    expect(await unpackedLog(await where.pack(REQUEST, EXIT, 'worker-1'))).toMatch(/autopkgtest left no log/);
  });

  it.each([
    [{ exitCode: null, ended: 'timed out' }, 'the run took too long and was ended after 93 s'],
    [{ exitCode: 0, ended: 'timed out' }, 'the run took too long and was ended after 93 s'],
    [{ exitCode: null, ended: 'stopped' }, 'the run was stopped after 93 s'],
    [{ exitCode: null, ended: 'by itself' }, 'autopkgtest was killed after 93 s'],
  ] as const)('with exit code 20 and the reason where the run was cut short: %j', async (exit, reason) => {
    const where = await workspace();
    await leave(where, { log: 'half a li' });
    const tarball = await where.pack(REQUEST, { ...EXIT, ...exit }, 'worker-1');
    expect(await readFile(path.join(await unpacked(tarball), 'exitcode'), 'utf8')).toBe('20\n');
    expect(await unpackedLog(tarball)).toBe(`half a li\ndebci: ${reason}\n`);
  });
});

describe("Debian's caps", () => {
  it('leave a log of 20 MB alone', async () => {
    const where = await workspace();
    const log = 'x'.repeat(20 * MIB);
    await leave(where, { log });
    expect((await unpackedLog(await where.pack(REQUEST, EXIT, 'w'))) === log).toBe(true);
  });

  it('cut a larger one down to its first 1 MB, a notice, and its last 19 MB', async () => {
    const where = await workspace();
    const log = Buffer.from(
      Array.from({ length: (22 * MIB) / 16 }, (_, n) => `line ${String(n).padStart(10)}`).join('\n'),
    );
    await leave(where, { log });
    const capped = Buffer.from(await unpackedLog(await where.pack(REQUEST, EXIT, 'w')));
    expect(capped.subarray(0, MIB).equals(log.subarray(0, MIB))).toBe(true);
    expect(capped.subarray(-19 * MIB).equals(log.subarray(-19 * MIB))).toBe(true);
    expect(capped.toString('utf8', MIB, capped.byteLength - 19 * MIB)).toBe(
      `\ndebci: the log had ${log.byteLength} bytes: ${log.byteLength - 20 * MIB} of them, from here on, were cut out\n`,
    );
  });

  it('are no trouble for a log of a terabyte', async () => {
    const where = await workspace();
    const log = await open(path.join(where.outputDir, 'log'), 'w');
    await log.truncate(1024 ** 4);
    await log.close();
    expect((await unpackedLog(await where.pack(REQUEST, EXIT, 'w'))).length).toBeLessThan(21 * MIB);
  });

  it('remove the largest artifacts until 100 MB are left, and leave an empty file for each', async () => {
    const where = await workspace();
    const sizes = { a: 30, b: 60, c: 50, d: 5 };
    await mkdir(path.join(where.outputDir, 'artifacts'));
    for (const [name, mib] of Object.entries(sizes)) {
      const file = await open(path.join(where.outputDir, 'artifacts', name), 'w');
      await file.truncate(mib * MIB);
      await file.close();
    }
    const tarball = await where.pack(REQUEST, EXIT, 'w');
    const folder = path.join(await unpacked(tarball), 'artifacts');
    expect(await listing(folder)).toEqual(['a', 'b.removed-by-debci', 'c', 'd']);
    expect((await stat(path.join(folder, 'b.removed-by-debci'))).size).toBe(0);
    expect(await unpackedLog(tarball)).toMatch(/"artifacts\/b": 62914560 bytes, too many for a result/);
  });
});

/** What is packed must be taken by our own collector, whatever the test left behind. */
async function delivered(where: Workspace): Promise<{ log: string; stored: string[] }> {
  const { store, dataDir } = await artifactFolders();
  const staged = await store.receive(await where.pack(REQUEST, EXIT, 'worker-1'));
  expect(staged.run).toEqual({ runId: 42, package: 'libxml2', suite: 'trixie-backports', arch: 'arm64' });
  await staged.commit();
  const file = path.join(dataDir, 'autopkgtest/trixie-backports/arm64/libx/libxml2/42/artifacts.tar.gz');
  const stored = execFileSync('tar', ['tzf', file], { encoding: 'utf8', maxBuffer: 100 * MIB })
    .trimEnd()
    .split('\n');
  return { log: (await logText(store, staged.run))!, stored };
}

describe('what a hostile test leaves behind', () => {
  it('is not followed, opened or waited for where it is no file: it is left out, and the log says so', async () => {
    const where = await workspace();
    await leave(where, { 'artifacts/ok': 'x' });
    const inside = (name: string): string => path.join(where.outputDir, 'artifacts', name);
    await symlink('/etc/passwd', inside('link'));
    await symlink('/etc', inside('folder'));
    await symlink('nowhere', inside('dangling'));
    execFileSync('mkfifo', [inside('fifo')]);
    const server = createServer().listen(inside('socket'));
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { log, stored } = await delivered(where);
    expect(stored.filter((name) => name.startsWith('artifacts'))).toEqual(['artifacts/', 'artifacts/ok']);
    for (const [name, what] of [
      ['link', 'a symbolic link'],
      ['folder', 'a symbolic link'],
      ['dangling', 'a symbolic link'],
      ['fifo', 'a fifo'],
      ['socket', 'a socket'],
    ]) {
      expect(log).toContain(`debci: left out of the result: "artifacts/${name}": ${what}\n`);
    }
  });

  it('is no device that would be read without end', async (context) => {
    const where = await workspace();
    try {
      execFileSync('mknod', [path.join(where.outputDir, 'zero'), 'c', '1', '5'], { stdio: 'pipe' });
    } catch (error) {
      if (process.env.CI === 'true') throw error;
      return context.skip('needs the right to make a device');
    }
    expect((await delivered(where)).log).toContain('"zero": a device');
  });

  it.each(['symlink', 'fifo', 'folder'])('is not taken for the log where that is a %s', async (kind) => {
    const where = await workspace();
    const log = path.join(where.outputDir, 'log');
    if (kind === 'symlink') await symlink('/etc/passwd', log);
    else if (kind === 'fifo') execFileSync('mkfifo', [log]);
    else await mkdir(log);
    expect((await delivered(where)).log).toMatch(/^\ndebci: autopkgtest left no log\n/);
  });

  it('cannot pass for what the worker says', async () => {
    const where = await workspace();
    const lies = { exitcode: '8\n', duration: '1\n', worker: 'other\n', trigger: 'lie\n', 'log.gz/x': 'lie' };
    await leave(where, lies);
    const { store } = await artifactFolders();
    const { outcome, trigger } = await store.receive(await where.pack(REQUEST, EXIT, 'worker-1'));
    expect(outcome).toMatchObject({ exitCode: 0, durationSeconds: 93, worker: 'worker-1' });
    expect(trigger).toBe('glibc/2.42-1');
  });

  it('may have any name', async () => {
    const where = await workspace();
    const names = ['a\nb', '\u001b[31mred', 'x'.repeat(255), '-rf', 'Größe', '\\', '"', ' ', '..x', '\u202egpj'];
    await leave(where, Object.fromEntries(names.map((name) => [`artifacts/${name}`, 'x'])));
    const bytes = Buffer.concat([Buffer.from(`${where.outputDir}/artifacts/`), Buffer.from([0xff, 0xfe])]);
    await writeFile(bytes, 'x');
    const { stored } = await delivered(where);
    expect(stored.filter((name) => name.startsWith('artifacts/') && name !== 'artifacts/')).toHaveLength(11);
  });

  it('may have names that a result cannot hold: those are left out', async () => {
    const where = await workspace();
    await leave(where, { 'artifacts/\u00e9': 'x', 'artifacts/e\u0301': 'y' });
    for (const byte of [0xfe, 0xff]) {
      await writeFile(Buffer.concat([Buffer.from(`${where.outputDir}/artifacts/`), Buffer.from([byte])]), 'x');
    }
    await leave(where, { [`${'deep/'.repeat(40)}x`]: 'x', [`${`${'long'.repeat(60)}/`.repeat(5)}x`]: 'x' });
    const { log, stored } = await delivered(where);
    expect(stored.filter((name) => name.startsWith('artifacts/') && name !== 'artifacts/')).toHaveLength(2);
    expect(log.match(/its name comes twice/g)).toHaveLength(2);
    expect(log).toMatch(/nested deeper than 32/);
    expect(log).toMatch(/above 1024 bytes/);
  });

  it('may be more files than a result can hold', async () => {
    const where = await workspace();
    await mkdir(path.join(where.outputDir, 'artifacts'));
    const script = 'my $d = shift; for (1..20050) { open(my $f, ">", "$d/$_") or die $! }';
    execFileSync('perl', ['-e', script, path.join(where.outputDir, 'artifacts')]);
    const { log, stored } = await delivered(where);
    expect(stored.length).toBeLessThan(20_000);
    expect(log).toMatch(/too many files/);
  });

  it('may be a summary or a version that is far too long', async () => {
    const where = await workspace();
    await leave(where, { summary: `a PASS\n${'x'.repeat(3 * MIB)}`, 'testpkg-version': 'libxml2 '.repeat(1000) });
    const { store } = await artifactFolders();
    const { outcome } = await store.receive(await where.pack(REQUEST, EXIT, 'worker-1'));
    expect(outcome).toMatchObject({ version: null, tests: [{ name: 'a', result: 'PASS', detail: null }] });
  });
});

describe('from worker to collector', () => {
  const fileName = fc.string({
    unit: fc.constantFrom('a', 'b', '.', '-', 'é', '\n', ' '),
    minLength: 1,
    maxLength: 20,
  });
  const safeName = fileName.filter((name) => !/^\.{1,2}$/.test(name));

  it('what goes in comes out', async () => {
    const content = fc.uint8Array({ maxLength: 3000 });
    const run = fc.record({
      exitCode: fc.constantFrom(0, 2, 4, 6, 8, 12, 14, 16, 20),
      seconds: fc.nat(100_000),
      worker: fc.constantFrom('w', 'worker-1', 'Arbeiter 7'),
      trigger: fc.option(fc.constantFrom('glibc/2.42-1', 'a & b', 'ünï')),
      log: content,
      packages: fc.option(content),
      artifacts: fc.dictionary(safeName, content, { maxKeys: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(run, async (given) => {
        const where = await workspace();
        await leave(where, { log: given.log, 'testpkg-version': 'libxml2 2.12-1\n' });
        if (given.packages !== null) await leave(where, { 'testbed-packages': given.packages });
        await leave(where, Object.fromEntries(Object.entries(given.artifacts).map(([n, c]) => [`artifacts/${n}`, c])));
        const finishedAt = new Date('2025-06-01T12:00:00Z');
        const startedAt = new Date(finishedAt.getTime() - 1000 * given.seconds);
        const exit: TestExit = { exitCode: given.exitCode, ended: 'by itself', startedAt, finishedAt };
        const tarball = await where.pack({ ...REQUEST, trigger: given.trigger }, exit, given.worker);

        const { store, dataDir } = await artifactFolders();
        const staged = await store.receive(tarball);
        await staged.commit();
        expect(staged.trigger).toBe(given.trigger);
        expect(staged.outcome).toMatchObject({
          exitCode: given.exitCode,
          durationSeconds: given.seconds,
          worker: given.worker,
          finishedAt: '2025-06-01T12:00:00.000Z',
          version: '2.12-1',
          testbedDigest: given.packages === null ? null : createHash('sha256').update(given.packages).digest('hex'),
        });
        const place = path.join(dataDir, 'autopkgtest/trixie-backports/arm64/libx/libxml2/42');
        expect(gunzipSync(await readFile(path.join(place, 'log.gz')))).toEqual(Buffer.from(given.log));
        execFileSync('tar', ['xzf', 'artifacts.tar.gz'], { cwd: place });
        for (const [name, bytes] of Object.entries(given.artifacts)) {
          expect(await readFile(path.join(place, 'artifacts', name))).toEqual(Buffer.from(bytes));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('large artifacts come out as they went in', async () => {
    const where = await workspace();
    const content = randomBytes(8 * MIB);
    await leave(where, { 'artifacts/noise': content, log: 'x' });
    const { store, dataDir } = await artifactFolders();
    await (await store.receive(await where.pack(REQUEST, EXIT, 'w'))).commit();
    const place = path.join(dataDir, 'autopkgtest/trixie-backports/arm64/libx/libxml2/42');
    execFileSync('tar', ['xzf', 'artifacts.tar.gz'], { cwd: place });
    expect((await readFile(path.join(place, 'artifacts/noise'))).equals(content)).toBe(true);
  });
});

describe('a workspace', () => {
  it('is empty, of its own, closed to others, and goes when it is removed', async () => {
    const folder = await temporaryFolder();
    const packer = new FileResultPacker(path.join(folder, 'new'));
    const [one, two] = [await packer.workspace(7), await packer.workspace(7)];
    expect(one.outputDir).not.toBe(two.outputDir);
    expect(await readdir(one.outputDir)).toEqual([]);
    expect((await stat(path.dirname(one.outputDir))).mode & 0o077).toBe(0);
    await one.remove();
    await one.remove();
    await two.remove();
    expect(await readdir(path.join(folder, 'new'))).toEqual([]);
  });

  it('that cannot be made says so', async () => {
    const folder = await temporaryFolder();
    await writeFile(path.join(folder, 'file'), '');
    await expect(new FileResultPacker(path.join(folder, 'file')).workspace(7)).rejects.toThrow(PackingError);
  });

  it('that is gone still gives a result: that nothing was left', async () => {
    const where = await workspace();
    await where.remove();
    const log = await unpackedLog(await where.pack(REQUEST, EXIT, 'w'));
    expect(log).toMatch(/left no log/);
    expect(log).toMatch(/ENOENT/);
  });
});
