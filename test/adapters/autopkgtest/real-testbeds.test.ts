import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { createTestbed } from '../../../src/adapters/autopkgtest/create-testbed.js';
import { hostSuite } from '../../../src/adapters/autopkgtest/host-suite.js';
import { testbedConformance } from '../../conformance/testbed.js';
import { onRealTestbeds, REAL_STATE_DIR } from '../../support/real-testbed.js';
import { testRequest } from '../../support/test-requests.js';

const TIMEOUT_MS = 300_000;
const settings = { stateDir: REAL_STATE_DIR, autopkgtestArgs: [] };
const ENTRIES = '/etc/schroot/chroot.d';
const nativeArch = process.arch === 'x64' ? 'amd64' : process.arch;

onRealTestbeds(() => {
  // `hello` is small, stable, and its tests pass. On this machine itself nothing is to be installed, so that there it
  // is a package that does not exist, which autopkgtest calls an erroneous one.
  for (const [backend, name, exitCode] of [
    ['unshare', 'hello', 0],
    ...(hasSchroot() ? [['schroot', 'hello', 0] as const] : []),
    ['null', 'debci-no-such-package', 12],
  ] as const) {
    testbedConformance(
      backend,
      async () => {
        const { suite } = await hostSuite();
        const request = testRequest({ backend, suite, arch: nativeArch, package: name });
        const slow = { ...settings, autopkgtestArgs: ['--setup-commands=sleep 600'] };
        const endless = { testbed: createTestbed(backend, slow), request };
        const testbed = createTestbed(backend, settings);
        return { testbed, request, exitCode, endless, shortMs: 3_000, endsWithinMs: 15_000 };
      },
      TIMEOUT_MS,
    );
  }

  describe('a real run in an unshare testbed', () => {
    let folder: string;
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'debci-test-real-'));
      mkdirSync(join(folder, 'output'));
    });
    afterEach(() => rm(folder, { recursive: true, force: true }));

    it(
      'leaves no process and no file behind when it is killed in the middle of a test',
      async () => {
        const { suite } = await hostSuite();
        // The test bed's own user starts what hides as well as it can, and the test never ends by itself.
        const seconds = 1_000_000 + process.pid;
        const hide = `setsid setsid sleep ${seconds} & env -i setsid sleep ${seconds} & sleep ${seconds}`;
        const testbed = createTestbed('unshare', {
          ...{ ...settings, tmpDir: folder, graceMs: 2_000 },
          autopkgtestArgs: [`--setup-commands=${hide}`],
        });
        await testbed.setup(
          { suite, arch: nativeArch },
          { force: false, signal: new AbortController().signal, onLine: () => undefined },
        );
        const abort = new AbortController();
        const request = testRequest({ backend: 'unshare', suite, arch: nativeArch });
        const outputDir = join(folder, 'output');
        const run = testbed.run(request, { outputDir, timeoutMs: TIMEOUT_MS, signal: abort.signal });
        await vi.waitFor(
          async () => {
            expect(await sleepers(seconds)).toHaveLength(3);
          },
          { timeout: 120_000, interval: 200 },
        );
        abort.abort();
        expect(await run).toMatchObject({ exitCode: null, ended: 'stopped' });
        expect(await sleepers(seconds)).toEqual([]);
        expect(await processesIn(folder)).toEqual([]);
        expect(await readdir(folder)).toEqual(['output']);
      },
      TIMEOUT_MS,
    );
  });
});

/**
 * Whether schroot's entries of testbeds may be made here: none of another debci's would be overwritten. Where it is not
 * installed, its command lines are held to in backends.test.ts all the same.
 */
function hasSchroot(): boolean {
  if (!existsSync('/usr/bin/schroot')) return false;
  const entries = readdirSync(ENTRIES).filter((name) => name.startsWith('debci-'));
  return entries.every((name) => readFileSync(join(ENTRIES, name), 'utf8').includes(`file=${REAL_STATE_DIR}/`));
}

/** The sleeps that the test starts, known by a time that nobody else sleeps for. */
async function sleepers(seconds: number): Promise<string[]> {
  return await processesWhere(
    async (pid) => (await readFile(`/proc/${pid}/cmdline`, 'utf8')) === `sleep\0${seconds}\0`,
  );
}

/** Processes that work, or have their root, in a folder. */
async function processesIn(folder: string): Promise<string[]> {
  return await processesWhere(async (pid) => {
    const places = await Promise.all(['cwd', 'root'].map((link) => readlink(`/proc/${pid}/${link}`)));
    return places.some((place) => place.startsWith(folder));
  });
}

async function processesWhere(test: (pid: string) => Promise<boolean>): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map((pid) => test(pid).catch(() => false)));
  return pids.filter((_, i) => found[i]);
}
