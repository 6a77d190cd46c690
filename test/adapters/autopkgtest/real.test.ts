import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createTestbed } from '../../../src/adapters/autopkgtest/create-testbed.js';
import { hostSuite } from '../../../src/adapters/autopkgtest/host-suite.js';
import type { TestRequest } from '../../../src/domain/ports/testbed.js';
import { testbedConformance } from '../../conformance/testbed.js';
import { REAL_STATE_DIR, onRealTestbeds } from '../../support/real-testbed.js';
import { testRequest } from '../../support/test-requests.js';

/** To build the testbed, where it is not fresh, and to run a package in it. */
const PATIENCE_MS = 300_000;

function hostArch(): string {
  return execFileSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).trim();
}

async function hello(): Promise<TestRequest> {
  const { suite } = await hostSuite();
  return testRequest({ package: 'hello', suite, arch: hostArch(), backend: 'unshare' });
}

onRealTestbeds(() => {
  const testbed = createTestbed('unshare', { stateDir: REAL_STATE_DIR, autopkgtestArgs: [] });

  testbedConformance(
    'unshare, with real autopkgtest and the real package hello',
    async () => {
      const request = await hello();
      const setup = { force: false, signal: new AbortController().signal, onLine: () => undefined };
      await testbed.setup(request, setup);
      return { testbed, request, exitCode: 0, slowRequest: request, shortMs: 2_000, endsWithinMs: 30_000 };
    },
    PATIENCE_MS,
  );

  describe('what real autopkgtest leaves', () => {
    let outputDir: string;
    beforeAll(async () => {
      outputDir = await mkdtemp(join(tmpdir(), 'debci-test-output-'));
      return () => rm(outputDir, { recursive: true, force: true });
    });

    it('is the version, a summary of the tests and the list of packages', { timeout: PATIENCE_MS }, async () => {
      const signal = new AbortController().signal;
      const exit = await testbed.run(await hello(), { outputDir, timeoutMs: PATIENCE_MS, signal });
      expect(exit.exitCode).toBe(0);
      expect(await readFile(join(outputDir, 'testpkg-version'), 'utf8')).toMatch(/^hello \d/);
      expect(await readFile(join(outputDir, 'summary'), 'utf8')).toMatch(/^\S+ +PASS$/m);
      expect(await readFile(join(outputDir, 'testbed-packages'), 'utf8')).toMatch(/^dpkg\t/m);
    });
  });
});
