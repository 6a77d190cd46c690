import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/adapters/files/member-paths.js';
import { collectOutput } from '../../../src/adapters/files/output-files.js';
import { artifactFolders } from '../../support/artifact-folders.js';
import { delivered, EXIT, leave, MIB, REQUEST, workspace } from '../../support/packing.js';

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

  it('may be more files than a result can hold: the rest is left out', async () => {
    const where = await workspace();
    await leave(where, Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`artifacts/${n}`, 'x'])));
    const { files, leftOut } = await collectOutput(where.outputDir, { ...DEFAULT_LIMITS, members: 10 }, MIB);
    expect(files).toHaveLength(10);
    expect(leftOut).toEqual([{ path: 'artifacts', why: 'too many files; what comes behind is left out' }]);
  });

  it('may be a summary or a version that is far too long', async () => {
    const where = await workspace();
    await leave(where, { summary: `a PASS\n${'x'.repeat(3 * MIB)}`, 'testpkg-version': 'libxml2 '.repeat(1000) });
    const { store } = await artifactFolders();
    const { outcome } = await store.receive(await where.pack(REQUEST, EXIT, 'worker-1'));
    expect(outcome).toMatchObject({ version: null, tests: [{ name: 'a', result: 'PASS', detail: null }] });
  });
});
