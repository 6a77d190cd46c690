import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createTestbed } from '../../../src/adapters/autopkgtest/create-testbed.js';
import { STATUSES, verdict } from '../../../src/domain/verdict.js';
import { testbedConformance } from '../../conformance/testbed.js';
import { testRequest } from '../../support/test-requests.js';

const testbed = createTestbed('fake', { stateDir: '/nonexistent', autopkgtestArgs: [] });

testbedConformance('fake', () =>
  Promise.resolve({
    testbed,
    request: testRequest(),
    exitCode: 0,
    endless: { testbed, request: testRequest({ trigger: 'fake:duration=600' }) },
    shortMs: 20,
    endsWithinMs: 2_000,
  }),
);

describe('the fake backend', () => {
  let outputDir: string;
  beforeEach(async () => {
    outputDir = await mkdtemp(join(tmpdir(), 'debci-test-output-'));
  });
  afterEach(() => rm(outputDir, { recursive: true, force: true }));

  const run = (trigger: string | null) =>
    testbed.run(testRequest({ trigger }), { outputDir, timeoutMs: 60_000, signal: new AbortController().signal });
  const read = (file: string) => readFile(join(outputDir, file), 'utf8');

  it('passes where the trigger orders nothing, and leaves what autopkgtest leaves', async () => {
    expect((await run('glibc/2.42-1 fake:exit= fake:exit=x')).exitCode).toBe(0);
    expect(await read('summary')).toBe('fake-test            PASS\n');
    expect(await read('testpkg-version')).toBe('hello 1.0-1\n');
    expect(await read('testbed-packages')).toMatch(/^(\S+\t\S+\n)+$/);
    expect(JSON.parse(await read('testinfo.json'))).toEqual({ virt_server: 'fake' });
    const log = await read('log');
    expect(log).toMatch(/^ {2}0s autopkgtest \[\d\d:\d\d:\d\d\]: starting date and time: \d{4}-\d\d-\d\d /);
    expect(log).toMatch(/: @+ summary\n {2}0s fake-test {12}PASS\n$/);
  });

  it.each([0, 2, 4, 6, 8, 12, 14, 16, 20, 99])('ends with the exit code %i that the trigger orders', async (code) => {
    expect((await run(`why fake:exit=${code} more`)).exitCode).toBe(code);
    const summary = await read('summary');
    const results = summary.split('\n').filter((line) => line !== '');
    expect(results.length > 0).toBe(code < 10);
    for (const line of results) expect(line).toMatch(/^(\S+) +(PASS|FAIL|SKIP)/);
    expect(STATUSES).toContain(verdict(code).status);
  });

  it('takes the time that the trigger orders', async () => {
    const exit = await run('fake:duration=0.25');
    expect(exit.finishedAt.getTime() - exit.startedAt.getTime()).toBeGreaterThanOrEqual(249);
  });

  it('fills the log, with the results at its end', async () => {
    await run('fake:log-bytes=1000000');
    const { size } = await stat(join(outputDir, 'log'));
    expect(size).toBeGreaterThanOrEqual(1_000_000);
    expect(size).toBeLessThan(1_001_000);
    expect((await read('log')).endsWith('PASS\n')).toBe(true);
  });

  it('makes artifacts of the size ordered, which do not compress and are the same each time', async () => {
    await run('fake:artifacts-bytes=5000000');
    const folder = join(outputDir, 'artifacts');
    const sizes = await Promise.all((await readdir(folder)).map(async (file) => (await stat(join(folder, file))).size));
    expect(sizes.reduce((a, b) => a + b)).toBe(5_000_000);
    const first = await readFile(join(folder, 'artifact-0'));
    expect(gzipSync(first).length).toBeGreaterThan(first.length * 0.99);
    await rm(outputDir, { recursive: true });
    outputDir = await mkdtemp(join(tmpdir(), 'debci-test-output-'));
    await run('fake:artifacts-bytes=5000000');
    expect((await readFile(join(outputDir, 'artifacts', 'artifact-0'))).equals(first)).toBe(true);
  });
});
