import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { setupTargets } from '../../src/cli/compose/setup-targets.js';
import { Config } from '../../src/cli/config/config.js';
import { build, debci, type Ended } from '../support/debci.js';
import { temporaryFolder } from '../support/folder.js';

describe('the testbeds that setup is about', () => {
  const config = Object.assign(new Config(), {
    ...{ suite: 'sid', arch: 'amd64', backend: 'lxc' },
    ...{ suite_list: ['sid', 'trixie'], arch_list: ['amd64', 'i386'], backend_list: ['lxc', 'qemu'] },
  });
  const names = (flags: Parameters<typeof setupTargets>[1]): string[] =>
    setupTargets(config, flags).map(({ backend, suite, arch }) => `${backend} ${suite} ${arch}`);

  it('are those of all configured backends, suites and architectures', () => {
    expect(names({})).toHaveLength(8);
    expect(names({}).slice(0, 3)).toEqual(['lxc sid amd64', 'lxc sid i386', 'lxc trixie amd64']);
  });

  it('are those that flags name, where they name some', () => {
    expect(names({ suite: 'sid', arch: 'amd64' })).toEqual(['lxc sid amd64', 'qemu sid amd64']);
    expect(names({ suite: 'sid', arch: 'amd64', backend: 'lxc' })).toEqual(['lxc sid amd64']);
  });
});

/** The program itself, with backends that build nothing, or cannot. What builds is in test/adapters/autopkgtest. */
describe('debci setup', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let common: string[];

  beforeAll(build, 120_000);
  beforeEach(async () => {
    folder = temporaryFolder();
    await mkdir(join(folder.path, 'config'));
    common = ['--config', join(folder.path, 'config'), '--data-dir', join(folder.path, 'data')];
  });
  afterEach(() => {
    folder.remove();
  });

  const configured = (settings: Record<string, string>): Promise<void> =>
    writeFile(
      join(folder.path, 'config', 'debci.conf'),
      Object.entries(settings).map(([key, value]) => `debci_${key}='${value}'\n`),
    );
  const setup = (...args: string[]): Promise<Ended> => debci(['setup', ...common, ...args]);

  it('goes through several suites and architectures', async () => {
    await configured({ backend: 'fake', suite_list: 'sid trixie', arch_list: 'amd64 arm64' });
    const { code, stdout } = await setup();
    expect(code).toBe(0);
    expect(stdout.trim().split('\n')).toEqual(
      ['sid/amd64', 'sid/arm64', 'trixie/amd64', 'trixie/arm64'].map(
        (name) => `fake testbed ${name} needs no building`,
      ),
    );
    expect(JSON.parse((await setup('--json', '--suite', 'sid', '--arch', 'amd64')).stdout)).toEqual([
      { backend: 'fake', suite: 'sid', arch: 'amd64', outcome: 'not needed', error: null },
    ]);
  });

  it('builds the others where one cannot be built, and ends with 1', async () => {
    await configured({ backend_list: 'nosuch fake', suite: 'sid', arch: 'amd64' });
    const { code, stdout, stderr } = await setup();
    expect(code).toBe(1);
    expect(stdout).toBe('fake testbed sid/amd64 needs no building\n');
    expect(stderr).toContain('1 of 2 testbeds could not be built');
    expect(stderr).toContain('nosuch testbed sid/amd64');
  });

  it('tells with --check what there is, and builds nothing', async () => {
    await configured({ backend_list: 'fake unshare', suite: 'sid', arch: 'amd64' });
    const { code, stdout } = await setup('--check');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^fake testbed sid\/amd64 is ready\nunshare testbed sid\/amd64 cannot be used: .+\n$/);
    expect(await setup('--check', '--backend', 'fake')).toMatchObject({ code: 0 });
    const json = JSON.parse((await setup('--check', '--json', '--backend', 'fake')).stdout) as unknown;
    expect(json).toEqual([{ backend: 'fake', suite: 'sid', arch: 'amd64', problem: null, builtAt: null, fresh: true }]);
    expect((await setup('--check', '--force')).code).toBe(2);
  });
});
