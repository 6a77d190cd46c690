import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { createTestbed } from '../../../../src/adapters/autopkgtest/create-testbed.js';
import type { TestbedSettings } from '../../../../src/adapters/autopkgtest/settings.js';
import { InvalidInputError } from '../../../../src/domain/errors.js';
import { TestbedSetupError } from '../../../../src/domain/ports/testbed.js';
import { stubPrograms } from '../../../support/stub-programs.js';

const target = { suite: 'trixie', arch: 'amd64' };
const INDEX = 'http://deb.example.org/debian/\ttrixie\ttrixie\tstable\tDebian\tmain\tdeb\t/nonexistent:1';
/** The target is the second argument after --. */
const BUILD = 'while [ "$1" != -- ]; do shift; done; suite=$2; target=$3; shift 3;';
const HOUR_S = 3600;

/** What surrounds mmdebstrap, seen by scripts in its and apt's place. A real build runs in real-testbeds.test.ts. */
describe('a build by programs', () => {
  let folder: string;
  let builds: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'debci-test-build-'));
    builds = join(folder, 'testbeds', 'unshare');
    await mkdir(join(folder, 'tmp'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  function testbed(mmdebstrap: string, part: Partial<TestbedSettings> = {}) {
    const path = stubPrograms(join(folder, 'bin'), {
      ...{ autopkgtest: '', newuidmap: '', zstd: '', 'apt-config': '' },
      'apt-get': `printf '${INDEX.replaceAll('\t', '\\t')}\\n'`,
      // Where a user has no range yet, the builder must not give one to the machine that tests it.
      usermod: `echo "$@" > ${folder}/usermod`,
      mmdebstrap,
    });
    const settings = {
      stateDir: folder,
      tmpDir: join(folder, 'tmp'),
      autopkgtestArgs: [],
      path,
      graceMs: 100,
      ...part,
    };
    return createTestbed('unshare', settings);
  }
  function setup(mmdebstrap: string, part: { force?: boolean; signal?: AbortSignal; lines?: string[] } = {}) {
    const { force = false, signal = new AbortController().signal, lines = [] } = part;
    return testbed(mmdebstrap).setup(target, { force, signal, onLine: (line) => lines.push(line) });
  }
  const tarball = () => readFile(join(builds, 'trixie-amd64.tar.zst'), 'utf8');
  async function putOld(ageHours: number): Promise<void> {
    await mkdir(builds, { recursive: true });
    const file = join(builds, 'trixie-amd64.tar.zst');
    await writeFile(file, 'old');
    const at = Date.now() / 1000 - ageHours * HOUR_S;
    await utimes(file, at, at);
  }

  it('builds a testbed, tells each line, and keeps them beside it', async () => {
    const lines: string[] = [];
    expect(await testbed('').ready(target)).toBe(false);
    expect(await setup(`${BUILD} echo new > "$target"; printf 'one\\rtwo\\nthree' >&2`, { lines })).toBe('built');
    expect(await testbed('').ready(target)).toBe(true);
    expect(await tarball()).toBe('new\n');
    expect(lines.slice(-3)).toEqual(['one', 'two', 'three']);
    expect(await readFile(join(builds, 'trixie-amd64.log'), 'utf8')).toMatch(/one\ntwo\nthree\n$/);
    expect(await readdir(join(folder, 'tmp'))).toEqual([]);
  });

  it('gives mmdebstrap sources of both kinds, and apt’s files for both sides', async () => {
    const seen = join(folder, 'seen');
    const script = `${BUILD} echo > "$target"; echo "$suite" > ${seen}
      for line in "$@"; do echo "$line" >> ${seen}; done
      find . -type f | sort >> ${seen}; cat testbed/etc/apt/apt.conf.d/90debci >> ${seen}`;
    await setup(script);
    const text = await readFile(seen, 'utf8');
    expect(text).toMatch(
      /^trixie\ndeb http:\/\/deb.example.org\/debian trixie main\ndeb-src http:\/\/deb.example.org\/debian trixie main\n/,
    );
    for (const side of ['outside', 'testbed']) {
      expect(text).toContain(`./${side}/etc/apt/apt.conf.d/90debci\n`);
      expect(text).toContain(`./${side}/etc/apt/trusted.gpg.d/debci-archive-0.`);
    }
    expect(text).toContain('Acquire::Languages "none";');
  });

  it('builds nothing where the testbed is fresh, unless it must', async () => {
    await putOld(11);
    expect(await setup('exit 1')).toBe('fresh');
    expect(await setup(`${BUILD} echo new > "$target"`, { force: true })).toBe('built');
    expect(await tarball()).toBe('new\n');
  });

  it('builds anew what is older than twelve hours', async () => {
    await putOld(13);
    expect(await setup(`${BUILD} echo new > "$target"`)).toBe('built');
  });

  it('leaves the old testbed where a build fails, and says what mmdebstrap said last', async () => {
    await putOld(13);
    const failing = `${BUILD} echo half > "$target"; seq 100; echo E: no such mirror; exit 3`;
    const error: unknown = await setup(failing).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(TestbedSetupError);
    expect((error as Error).message).toMatch(/^mmdebstrap ended with exit code 3\n[\s\S]*\n100\nE: no such mirror$/);
    expect((error as Error).message).not.toContain('\n50\n');
    expect(await tarball()).toBe('old');
    expect((await readdir(builds)).sort()).toEqual([
      'trixie-amd64.log',
      'trixie-amd64.tar.zst',
      'trixie-amd64.tar.zst.lock',
    ]);
    expect(await testbed('').state(target)).toMatchObject({ problem: null, fresh: false });
    expect(await readFile(join(builds, 'trixie-amd64.log'), 'utf8')).toContain('E: no such mirror\n');
  });

  it('stops a build when it is aborted, and leaves nothing of it', async () => {
    const abort = new AbortController();
    const begun = join(folder, 'begun');
    const building = setup(`${BUILD} echo half > "$target"; echo > ${begun}; sleep 600`, { signal: abort.signal });
    const stopped = expect(building).rejects.toThrow(TestbedSetupError);
    await vi.waitFor(
      () => {
        expect(existsSync(begun)).toBe(true);
      },
      { timeout: 10_000 },
    );
    abort.abort();
    await stopped;
    expect(await readdir(join(folder, 'tmp'))).toEqual([]);
    expect(await testbed('').ready(target)).toBe(false);
    expect((await readdir(builds)).filter((name) => name.endsWith('.zst'))).toEqual([]);
  });

  it.each([false, true])('lets a second setup wait for the first and take its testbed (force: %s)', async (force) => {
    const count = join(folder, 'count');
    const script = `${BUILD} echo build >> ${count}; sleep 0.3; echo new > "$target"`;
    const results = await Promise.all([setup(script, { force }), setup(script, { force })]);
    expect(results.sort()).toEqual(['built', 'fresh']);
    expect(await readFile(count, 'utf8')).toBe('build\n');
  });

  it('lets a second setup be aborted while it waits', async () => {
    const [first, second] = [new AbortController(), new AbortController()];
    const begun = join(folder, 'begun');
    const script = `echo > ${begun}; sleep 600`;
    const building = setup(script, { signal: first.signal }).catch((e: unknown) => e);
    await vi.waitFor(
      () => {
        expect(existsSync(begun)).toBe(true);
      },
      { timeout: 10_000 },
    );
    const waiting = setup('exit 1', { signal: second.signal });
    second.abort();
    await expect(waiting).rejects.toThrow(TestbedSetupError);
    first.abort();
    expect(await building).toBeInstanceOf(TestbedSetupError);
  });

  it('refuses a mirror that would be more than an address', async () => {
    const mirror = 'http://deb.example.org/debian [trusted=yes] evil';
    const hostile = testbed('exit 0', { mirror });
    const options = { force: false, signal: new AbortController().signal, onLine: () => undefined };
    await expect(hostile.setup(target, options)).rejects.toThrow(InvalidInputError);
  });
});
