import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, open, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { FileResultPacker } from '../../../src/adapters/files/result-packer.js';
import { PackingError } from '../../../src/domain/ports/result-packer.js';
import { EXIT, leave, MIB, REQUEST, ROOT, unpacked, unpackedLog, workspace } from '../../support/packing.js';
import { listing, temporaryFolder } from '../../support/temporary-folder.js';

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

  it('of a worker that was killed goes when the next one starts; of one that lives it stays', async () => {
    const folder = await temporaryFolder();
    const packer = new FileResultPacker(folder);
    const ended = spawnSync('true').pid;
    await packer.workspace(7);
    for (const name of [`run-7-${ended}-abc`, `run-7-${process.ppid}-abc`, 'another']) {
      await mkdir(path.join(folder, name, 'output'), { recursive: true });
    }
    await packer.removeLeftovers();
    expect((await readdir(folder)).sort()).toEqual(['another', `run-7-${process.ppid}-abc`]);
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
