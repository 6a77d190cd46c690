import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TestExit } from '../../../src/domain/ports/testbed.js';
import { artifactFolders } from '../../support/artifact-folders.js';
import { EXIT, leave, MIB, REQUEST, workspace } from '../../support/packing.js';

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
