import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { BACKEND_NAMES, BACKENDS } from '../../../src/adapters/autopkgtest/backends.js';
import { createTestbed } from '../../../src/adapters/autopkgtest/create-testbed.js';
import { InvalidInputError } from '../../../src/domain/errors.js';
import { MissingProgramError, type Testbed, TestbedSetupError } from '../../../src/domain/ports/testbed.js';
import { stubPrograms } from '../../support/stub-programs.js';

const target = { suite: 'trixie', arch: 'amd64' };
const mirror = 'http://deb.example.org/debian';
const NOT_BUILT = expect.stringMatching(/^not built; to be built, it needs .+/) as string;
const setup = { force: false, signal: new AbortController().signal, onLine: () => undefined };

describe('the backends', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'debci-test-backends-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it.each(['docker', '__proto__', 'toString', ''])('lists what there is where %j is asked for', (name) => {
    const create = () => createTestbed(name, { stateDir: folder, autopkgtestArgs: [] });
    expect(create).toThrow(InvalidInputError);
    expect(create).toThrow('fake, incus-lxc, lxc, lxd-lxc, null, podman, qemu, schroot, unshare');
  });

  it.each(BACKEND_NAMES)('make a testbed of their own name: %s', (name) => {
    expect(createTestbed(name, { stateDir: folder, autopkgtestArgs: [] }).backend).toBe(name);
  });

  it('are in the manual, each with its builder, its isolation and what it needs', () => {
    const manual = readFileSync(new URL('../../../docs/deploying.md', import.meta.url), 'utf8');
    const rows = manual.split('\n').map((line) => line.replaceAll('`', '').split(/ *\| */));
    for (const [name, { isolation, needs }] of Object.entries(BACKENDS)) {
      const [, , builder, ...rest] = rows.find((cells) => cells[1] === name) ?? [];
      expect(builder).toBeTruthy();
      expect(rest).toEqual([isolation, needs, '']);
    }
  });
});

/**
 * Real builds are in real-testbeds.test.ts for the backends that a machine without control groups, KVM or an image server
 * can build. For the others, scripts stand in place of Debian's builders, and the command lines are held to what their
 * manuals say.
 */
describe('setup of a backend', () => {
  let folder: string;
  let log: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'debci-test-backends-'));
    log = join(folder, 'calls');
    await writeFile(log, '');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Notes its call; the last argument but `fails` is a file that it makes, where it is a path in the testbeds' folder. */
  const program = (name: string, body = ''): string =>
    `echo "${name} $@" >> ${log}; for a; do case $a in ${folder}/state/testbeds/*|base.tar) echo new > "$a";; esac; done; ${body}`;
  const names = [
    'mmdebstrap',
    'newuidmap',
    'zstd',
    'schroot',
    'install',
    'lxc-create',
    'debootstrap',
    'qemu-img',
    'vmdb2',
  ];
  const builders = ['lxc', 'lxd', 'incus', 'podman', 'qemu'].map((name) => `autopkgtest-build-${name}`);
  /** What a tool that keeps testbeds knows of is a file here. */
  const kept = (): string => join(folder, 'kept');

  function testbed(backend: string, scripts: Record<string, string> = {}): Testbed {
    const sources = 'printf "%s\\n" "cat: $(cat $AUTOPKGTEST_APT_SOURCES_FILE | head -1)" >> ' + log;
    const path = stubPrograms(join(folder, 'bin'), {
      ...Object.fromEntries([...names, 'autopkgtest'].map((name) => [name, program(name)])),
      ...Object.fromEntries(builders.map((name) => [name, program(name, `${sources}; touch ${kept()}`)])),
      ...{ 'apt-config': '', 'apt-get': '', usermod: '', 'lxc-info': `[ -e ${kept()} ]` },
      sudo: `echo "sudo $@" >> ${log}; shift; exec "$@"`,
      'lxc-destroy': program('lxc-destroy'),
      podman: program('podman', `[ "$2" != exists ] || [ -e ${kept()} ]`),
      incus: program('incus', `[ -e ${kept()} ]`),
      lxc: program('lxc', `[ -e ${kept()} ]`),
      ...scripts,
    });
    return createTestbed(backend, {
      ...{ stateDir: join(folder, 'state'), tmpDir: folder, path, mirror, proxy: 'http://127.0.0.1:3142' },
      ...{ autopkgtestArgs: [], graceMs: 100 },
    });
  }
  /** The calls that build, without names that differ from run to run. */
  async function calls(): Promise<string[]> {
    const text = (await readFile(log, 'utf8')).replaceAll(folder, '').replaceAll(/debci-build-\w+/g, 'BUILD');
    return text
      .split('\n')
      .filter((line) => !/^(podman image exists|incus image|lxc image|schroot --info|$)/.test(line));
  }
  const testbeds = '/state/testbeds';

  it.each([
    [
      'unshare',
      [/^mmdebstrap --mode=unshare .* -- trixie \/state\/testbeds\/unshare\/trixie-amd64\.new\.tar\.zst deb /],
    ],
    [
      'schroot',
      [
        /^mmdebstrap .*--customize-hook=chroot "\$1" useradd --create-home debci -- trixie \/state\S+\.new\.tar\.gz deb /,
        /^install --mode=644 schroot\.conf \/etc\/schroot\/chroot\.d\/debci-trixie-amd64$/,
      ],
    ],
    [
      'podman',
      [
        /^mmdebstrap .* -- trixie base\.tar deb http:\/\/deb\.example\.org\/debian trixie main deb-src /,
        /^podman import --change LABEL debci=testbed base\.tar localhost\/debci\/base:trixie-amd64$/,
        /^autopkgtest-build-podman --image localhost\/debci\/base:trixie-amd64 --tag localhost\/debci\/testbed:trixie-amd64-new --release trixie --mirror http:\/\/deb\.example\.org\/debian --init systemd$/,
        /^cat: deb http:\/\/deb\.example\.org\/debian trixie main/,
        /^podman tag localhost\/debci\/testbed:trixie-amd64-new localhost\/debci\/testbed:trixie-amd64$/,
        /^podman untag (localhost\/debci\/testbed:trixie-amd64-new) \1$/,
        /^podman image prune --force --filter label=debci=testbed$/,
      ],
    ],
    [
      'qemu',
      [
        new RegExp(
          `^autopkgtest-build-qemu --architecture=amd64 --mirror=${mirror} trixie ${testbeds}/qemu/trixie-amd64\\.new\\.img$`,
        ),
        /^cat: deb /,
      ],
    ],
    ['incus-lxc', [/^autopkgtest-build-incus images:debian\/trixie\/amd64$/, /^cat: deb /]],
    ['lxd-lxc', [/^autopkgtest-build-lxd images:debian\/trixie\/amd64$/, /^cat: deb /]],
  ])('%s: the command lines of its builder', async (backend, expected) => {
    const one = testbed(backend);
    expect(await one.state(target)).toMatchObject({ problem: NOT_BUILT, builtAt: null, fresh: false });
    expect(await one.setup(target, setup)).toBe('built');
    expect(await one.ready(target)).toBe(true);
    expect(await one.state(target)).toMatchObject({ problem: null, fresh: true, builtAt: expect.any(Date) as Date });
    const made = await calls();
    expect(made).toHaveLength(expected.length);
    for (const [i, form] of expected.entries()) expect(made[i]).toMatch(form);
    expect(await one.setup(target, setup)).toBe('fresh');
    expect(await calls()).toHaveLength(expected.length);
  });

  // Needs lxc-templates, which is no program of ours to stand in for: the recipe itself is looked at.
  it('lxc: the command lines of its builder', () => {
    const { builder } = BACKENDS.lxc!;
    if (builder.kind !== 'programs') throw new Error('lxc is built by programs');
    const place = { ...target, variant: null, stateDir: '/srv' };
    const input = { target: '', sources: [], mirror, env: { MIRROR: mirror } };
    expect(builder.commands(place, input).map((argv) => argv.join(' '))).toEqual([
      `sudo --non-interactive env MIRROR=${mirror} autopkgtest-build-lxc debian trixie amd64 user.sh`,
    ]);
    expect(builder.present?.(place).join(' ')).toBe('sudo --non-interactive lxc-info --name autopkgtest-trixie-amd64');
    expect(builder.undo?.(place).join(' ')).toBe(
      'sudo --non-interactive lxc-destroy --force --name autopkgtest-trixie-amd64',
    );
  });

  it.each(['lxc', 'incus-lxc', 'qemu', 'podman', 'schroot', 'unshare', 'lxd-lxc'])(
    '%s says what is missing, and where it is to be had',
    async (backend) => {
      const path = join(folder, 'nothing-installed');
      const one = createTestbed(backend, { stateDir: folder, autopkgtestArgs: [], path });
      const { problem } = await one.state(target);
      expect(problem).toMatch(/^not installed: .*autopkgtest.*apt install .*autopkgtest/);
      const failed: unknown = await one.setup(target, setup).catch((e: unknown) => e);
      expect(failed).toBeInstanceOf(MissingProgramError);
    },
  );

  it('tells autopkgtest’s builders of mirror, sources, proxy and user by their environment', async () => {
    const one = testbed('incus-lxc', {
      'autopkgtest-build-incus': `env | grep -E "^(MIRROR|RELEASE|AUTOPKGTEST)" | sort >> ${log}; touch ${kept()}`,
    });
    await one.setup(target, setup);
    expect(await calls()).toEqual([
      'AUTOPKGTEST_APT_PROXY=http://127.0.0.1:3142',
      expect.stringMatching(/^AUTOPKGTEST_APT_SOURCES_FILE=\/BUILD\/sources\.list$/) as string,
      expect.stringMatching(/^AUTOPKGTEST_SETUP_VM_POST_COMMAND=.*useradd --create-home debci$/) as string,
      'MIRROR=http://deb.example.org/debian',
      'RELEASE=trixie',
    ]);
  });

  it('does not take a builder’s word: where there is no testbed, it has failed', async () => {
    const one = testbed('podman', { 'autopkgtest-build-podman': 'exit 0' });
    await expect(one.setup(target, setup)).rejects.toThrow('made no testbed');
    expect(await one.state(target)).toMatchObject({ problem: NOT_BUILT, builtAt: null });
  });

  it('leaves the old testbed and its age where a tool’s new one fails', async () => {
    const one = testbed('incus-lxc');
    await one.setup(target, setup);
    const { builtAt } = await one.state(target);
    const broken = testbed('incus-lxc', { 'autopkgtest-build-incus': 'echo no network >&2; exit 1' });
    await expect(broken.setup(target, { ...setup, force: true })).rejects.toThrow(TestbedSetupError);
    expect(await broken.state(target)).toEqual({ problem: null, builtAt, fresh: true });
  });

  it('builds a fresh testbed again where its tool has lost it', async () => {
    const one = testbed('incus-lxc');
    await one.setup(target, setup);
    await rm(kept());
    expect(await one.setup(target, setup)).toBe('built');
  });

  it('keeps the logs of the last five builds', async () => {
    const logs = async (): Promise<string[]> =>
      (await readdir(join(folder, 'state/testbeds/incus-lxc'))).filter((name) => name.includes('.log')).sort();
    for (let build = 1; build <= 6; build++) {
      const one = testbed('incus-lxc', { 'autopkgtest-build-incus': `echo build ${build}; touch ${kept()}` });
      await one.setup(target, { ...setup, force: true });
    }
    expect(await logs()).toEqual(['', '.1', '.2', '.3', '.4'].map((ending) => `trixie-amd64.log${ending}`));
    const oldest = await readFile(join(folder, 'state/testbeds/incus-lxc/trixie-amd64.log.4'), 'utf8');
    expect(oldest).toBe('build 2\n');
  });

  it('gives schroot an entry with the testbed’s file and its own users', async () => {
    const seen = join(folder, 'seen');
    const one = testbed('schroot', { install: `cat schroot.conf > ${seen}` });
    await one.setup(target, setup);
    const entry = await readFile(seen, 'utf8');
    expect(entry).toMatch(/^\[debci-trixie-amd64\]\n/);
    expect(entry).toContain(`\nfile=${folder}/state/testbeds/schroot/trixie-amd64.tar.gz\n`);
    expect(entry).toContain('\nsetup.nssdatabases=\n');
    expect(existsSync(join(folder, 'state/testbeds/schroot/trixie-amd64.tar.gz'))).toBe(true);
  });
});
