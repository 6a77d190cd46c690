import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Config } from '../../../src/cli/config/config.js';
import { ConfigUnreadableError } from '../../../src/cli/config/files.js';
import type { Given } from '../../../src/cli/config/given.js';
import { loadConfig, type LoadedConfig } from '../../../src/cli/config/load.js';
import { type InvalidInputError } from '../../../src/domain/errors.js';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'debci-config-'));
  await mkdir(join(dir, 'conf.d'));
});
afterEach(() => rm(dir, { recursive: true }));

const write = (name: string, text: string): Promise<void> => writeFile(join(dir, name), text);
const flag = (key: string, value: string): Given => ({ name: `debci_${key}`, value, source: `--${key}` });

function load(env: Record<string, string> = {}, flags: Given[] = []): Promise<LoadedConfig> {
  return loadConfig({ dir, dirNamed: true, env, flags, hostArch: () => Promise.resolve('riscv64') });
}

describe('loadConfig', () => {
  it("has Debian's defaults, and the host's architecture", async () => {
    const { config, sources, warnings } = await load();
    expect(config).toMatchObject({
      amqp_server: null,
      amqp_results_queue: 'debci_results',
      arch: 'riscv64',
      arch_list: ['riscv64'],
      suite: 'unstable',
      suite_list: ['unstable'],
      backend: 'lxc',
      data_basedir: '/var/lib/debci/data',
      html_dir: '/var/lib/debci/data/html',
      event_store: 'sqlite:///var/lib/debci/data/state/events.sqlite',
      data_retention_days: 180,
      lease_seconds: 300,
      quiet: false,
    });
    expect([...sources]).toEqual([]);
    expect(warnings).toEqual([]);
  });

  it('lets flags win over the environment, that over conf.d in its order, and that over debci.conf', async () => {
    await write(
      'debci.conf',
      'debci_arch=a1\ndebci_suite=s1\ndebci_backend=b1\ndebci_distro_name=d1\ndebci_quiet=true',
    );
    await write('conf.d/10-first.conf', 'debci_arch=a2\ndebci_suite=s2\ndebci_backend=b2');
    await write('conf.d/20-second.conf', 'debci_arch=a3\ndebci_suite=s3\n');
    await write('conf.d/30-ignored.conf.bak', 'debci_arch=a4');
    await write('conf.d/.hidden.conf', 'debci_arch=a5');
    const { config, sources } = await load({ debci_arch: 'a6', debci_suite: 's6' }, [flag('arch', 'a7')]);
    expect(config).toMatchObject({ arch: 'a7', suite: 's6', backend: 'b2', distro_name: 'd1', quiet: true });
    expect(Object.fromEntries(sources)).toEqual({
      arch: '--arch',
      suite: 'environment',
      backend: `${dir}/conf.d/10-first.conf:3`,
      distro_name: `${dir}/debci.conf:4`,
      quiet: `${dir}/debci.conf:5`,
    });
  });

  it('takes the strongest of any set of sources', async () => {
    const given = fc.record(
      { file: fc.constantFrom('f1', 'f2'), env: fc.constantFrom('e1', ''), flag: fc.constantFrom('x1', 'x2') },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(given, async (g) => {
        await write('debci.conf', g.file ? `debci_suite=${g.file}` : '');
        const { config } = await load(
          g.env === undefined ? {} : { debci_suite: g.env },
          g.flag ? [flag('suite', g.flag)] : [],
        );
        const withoutFlag = g.env === '' ? 'unstable' : (g.env ?? g.file ?? 'unstable');
        expect(config.suite).toBe(g.flag ?? withoutFlag);
      }),
      { numRuns: 50 },
    );
  });

  it('reads numbers, booleans, lists and the words for a backend', async () => {
    await write(
      'debci.conf',
      'debci_data_retention_days=7\ndebci_amqp_ssl=yes\ndebci_arch_list="amd64  arm64"\n' +
        'debci_autopkgtest_args_qemu="--ram-size 2048"\ndebci_public_browsing=0',
    );
    const { config, backendArgs, warnings } = await load();
    expect(config).toMatchObject({ data_retention_days: 7, amqp_ssl: true, public_browsing: false });
    expect(config.arch_list).toEqual(['amd64', 'arm64']);
    expect(backendArgs.get('qemu')).toEqual(['--ram-size', '2048']);
    expect(warnings).toEqual([]);
  });

  it('derives the folders and the lists from what was given', async () => {
    const { config } = await load({ debci_data_basedir: '/srv/ci', debci_suite: 'trixie' });
    expect(config).toMatchObject({ html_dir: '/srv/ci/html', suite_list: ['trixie'] });
    expect(config.event_store).toBe('sqlite:///srv/ci/state/events.sqlite');
  });

  it('declares the type of each setting, so that its text can be read', () => {
    const expected = { string: String, number: Number, boolean: Boolean };
    for (const [key, value] of Object.entries(new Config()) as [string, unknown][]) {
      const type: unknown = Reflect.getMetadata('design:type', Config.prototype, key);
      if (value !== null && typeof value !== 'object') expect(type, key).toBe(expected[typeof value as 'string']);
      if (Array.isArray(value)) expect(type, key).toBe(Array);
    }
  });

  it('warns about what it does not know, and goes on', async () => {
    await write('debci.conf', 'debci_arhc=amd64\narch=amd64\ndebci_constructor=1');
    const { config, warnings } = await load({ debci_foo: '1', HOME: '/root' });
    expect(config.arch).toBe('riscv64');
    expect(warnings).toEqual([
      `${dir}/debci.conf:1: debci_arhc is not a setting of debci; it is ignored`,
      `${dir}/debci.conf:2: arch is not a setting of debci; it is ignored`,
      `${dir}/debci.conf:3: debci_constructor is not a setting of debci; it is ignored`,
      'environment: debci_foo is not a setting of debci; it is ignored',
    ]);
  });

  it('warns of Debian’s settings that change nothing here, without their values', async () => {
    await write('debci.conf', 'debci_sendmail_to=ci@example.org\ndebci_session_secret=hush\n');
    const { warnings } = await load();
    expect(warnings).toEqual([
      `${dir}/debci.conf:1: debci_sendmail_to has no effect: no mail is sent; results are in the feeds`,
      `${dir}/debci.conf:2: debci_session_secret has no effect: pages have no login; keys are given by debci key issue`,
    ]);
  });

  it.each([
    ['arch', 'x86_64!'],
    ['suite', '../etc'],
    ['backend', 'LXC'],
    ['data_basedir', 'relative'],
    ['data_retention_days', '100001'],
    ['status_visible_days', '0'],
    ['data_retention_days', '1e3'],
    ['data_retention_days', '-1'],
    ['lease_seconds', '9'],
    ['quiet', 'perhaps'],
    ['quiet', 'constructor'],
    ['amqp_server', 'http://localhost'],
    ['amqp_server', 'localhost'],
    ['mirror', 'javascript:alert(1)'],
    ['url_base', 'ftp://example.org'],
    ['event_store', 'postgres://localhost'],
    ['event_store', 'esdb://user:password@localhost?tls=false'],
    ['event_store', 'sqlite://relative'],
    ['amqp_results_queue', 'a b'],
    ['distro_name', 'a\u001b[0m'],
  ])('refuses %s=%j, naming where it was given', async (key, value) => {
    await write('debci.conf', `\ndebci_${key}='${value}'`);
    await expect(load()).rejects.toThrow(`debci_${key} (${dir}/debci.conf:2): `);
    await expect(load({}, [flag(key, value)])).rejects.toThrow(`--${key}: `);
    await expect(load({ [`debci_${key}`]: value })).rejects.toMatchObject({ exitCode: 2 });
  });

  it('names the bad item of a list', async () => {
    await expect(load({ debci_arch_list: 'amd64 A' })).rejects.toThrow('debci_arch_list[1] (environment): "A"');
  });

  it('blames the setting that was given, not those that follow from it', async () => {
    await expect(load({}, [flag('suite', 'A')])).rejects.toSatisfy(
      (error: InvalidInputError) => error.violations.length === 1,
    );
  });

  it('never shows a password or a secret that it refuses', async () => {
    for (const amqp_server of [
      'amqp://u:hush hush@h',
      'amqp:u:hush@h',
      'u:hush@h',
      'http://u:hu/sh@h',
      'amqp://u:hush@',
    ]) {
      await expect(load({ debci_amqp_server: amqp_server })).rejects.toThrow(expect.not.stringContaining('hu'));
    }
    await expect(load({ debci_session_secret: 'hush\u0000' })).rejects.toThrow(/\*\*\*/);
  });

  it('goes without files where nobody named a folder, but not without one that was named', async () => {
    const options = { env: {}, flags: [], hostArch: () => Promise.resolve('amd64') };
    const absent = join(dir, 'absent');
    expect((await loadConfig({ ...options, dir: absent, dirNamed: false })).config.arch).toBe('amd64');
    await expect(loadConfig({ ...options, dir: absent, dirNamed: true })).rejects.toThrow('--config: ');
  });

  it('says which file it cannot read', async () => {
    await mkdir(join(dir, 'debci.conf'));
    await expect(load()).rejects.toThrow(ConfigUnreadableError);
    await expect(load()).rejects.toThrow(`${dir}/debci.conf cannot be read`);
  });
});
