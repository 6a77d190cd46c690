import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { InvalidInputError } from '../../src/domain/errors.js';
import type { Testbed, TestRequest } from '../../src/domain/ports/testbed.js';

export interface TestbedHarness {
  readonly testbed: Testbed;
  /** A request whose run ends by itself. */
  readonly request: TestRequest;
  /** How that run ends. */
  readonly exitCode: number;
  /** A run that does not end by itself, and has begun its log after `shortMs`. */
  readonly endless: { readonly testbed: Testbed; readonly request: TestRequest };
  readonly shortMs: number;
  /** How long it may take from a time-out or an abort to the end, in ms. */
  readonly endsWithinMs: number;
}

const LONG_MS = 10 * 60_000;

/** What every Testbed must do. `create` is called once; the runs go one after the other. */
export function testbedConformance(name: string, create: () => Promise<TestbedHarness>, timeoutMs = 20_000): void {
  describe(`the testbed ${name}`, { timeout: timeoutMs }, () => {
    let harness: TestbedHarness;
    let outputDir: string;
    const never = new AbortController().signal;

    beforeAll(async () => {
      harness = await create();
    }, timeoutMs);
    beforeEach(async () => {
      outputDir = await mkdtemp(join(tmpdir(), 'debci-test-output-'));
    });
    afterEach(() => rm(outputDir, { recursive: true, force: true }));

    it('knows its backend', () => {
      expect(harness.testbed.backend).toBe(harness.request.backend);
    });

    it('is ready after its setup, and needs no second one', async () => {
      const setup = { force: false, signal: never, onLine: () => undefined };
      await harness.testbed.setup(harness.request, setup);
      expect(await harness.testbed.ready(harness.request)).toBe(true);
      expect(await harness.testbed.state(harness.request)).toMatchObject({ problem: null });
      expect(['fresh', 'not needed']).toContain(await harness.testbed.setup(harness.request, setup));
    });

    it('runs a test to its end, and leaves its log', async () => {
      const before = new Date();
      const exit = await harness.testbed.run(harness.request, { outputDir, timeoutMs: LONG_MS, signal: never });
      expect(exit).toMatchObject({ exitCode: harness.exitCode, ended: 'by itself' });
      expect(exit.startedAt.getTime()).toBeGreaterThanOrEqual(before.getTime());
      expect(exit.finishedAt.getTime()).toBeGreaterThanOrEqual(exit.startedAt.getTime());
      const log = await readFile(join(outputDir, 'log'), 'utf8');
      expect(log).toContain(harness.request.package);
    });

    it('ends a run at its time-out, and keeps the log so far', async () => {
      const { endless, shortMs } = harness;
      const exit = await endless.testbed.run(endless.request, { outputDir, timeoutMs: shortMs, signal: never });
      expect(exit).toMatchObject({ exitCode: null, ended: 'timed out' });
      const tookMs = exit.finishedAt.getTime() - exit.startedAt.getTime();
      expect(tookMs).toBeGreaterThanOrEqual(shortMs - 1);
      expect(tookMs).toBeLessThan(shortMs + harness.endsWithinMs);
      expect(existsSync(join(outputDir, 'log'))).toBe(true);
    });

    it('ends a run when it is aborted', async () => {
      const abort = new AbortController();
      const options = { outputDir, timeoutMs: LONG_MS, signal: abort.signal };
      const run = harness.endless.testbed.run(harness.endless.request, options);
      await vi.waitFor(
        () => {
          expect(existsSync(join(outputDir, 'log'))).toBe(true);
        },
        { timeout: 15_000 },
      );
      const abortedAt = Date.now();
      abort.abort();
      const exit = await run;
      expect(exit).toMatchObject({ exitCode: null, ended: 'stopped' });
      expect(exit.finishedAt.getTime() - abortedAt).toBeLessThan(harness.endsWithinMs);
    });

    it('begins no run that was aborted before', async () => {
      const options = { outputDir, timeoutMs: LONG_MS, signal: AbortSignal.abort() };
      const exit = await harness.endless.testbed.run(harness.endless.request, options);
      expect(exit).toMatchObject({ exitCode: null, ended: 'stopped' });
    });

    it.each<Partial<TestRequest>>([
      { package: '--shell' },
      { package: '../hello' },
      { suite: '../../etc' },
      { arch: 'amd64 --debug' },
      { pins: [{ suite: 'unstable', packages: ['hello,--shell'] }] },
      { variant: '/etc/passwd' },
      { extraAptSources: [{ entry: 'http://deb.example.org/', signingKey: null }] },
      { extraAptSources: [{ entry: 'deb http://deb.example.org/ a b\nscript', signingKey: null }] },
      { extraAptSources: [{ entry: 'deb http://deb.example.org/ a b', signingKey: '../key' }] },
    ])('refuses the request %j before it does anything', async (part) => {
      const hostile = { ...harness.request, ...part };
      const run = harness.testbed.run(hostile, { outputDir, timeoutMs: LONG_MS, signal: never });
      await expect(run).rejects.toThrow(InvalidInputError);
      expect(readdirSync(outputDir)).toEqual([]);
    });

    it('refuses to set up a testbed whose name would be a path', async () => {
      const setup = { force: false, signal: never, onLine: () => undefined };
      const target = { suite: '../x', arch: 'amd64' };
      await expect((async () => harness.testbed.setup(target, setup))()).rejects.toThrow(InvalidInputError);
      await expect((async () => harness.testbed.ready(target))()).rejects.toThrow(InvalidInputError);
    });
  });
}
