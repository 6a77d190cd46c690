import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { BACKEND_NAMES } from '../../../src/adapters/autopkgtest/backends.js';
import { createTestbed } from '../../../src/adapters/autopkgtest/create-testbed.js';
import { InvalidInputError } from '../../../src/domain/errors.js';
import { TestbedSetupError } from '../../../src/domain/ports/testbed.js';
import { stubPrograms } from '../../support/stub-programs.js';

const target = { suite: 'trixie', arch: 'amd64' };
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

  it.each([
    ['lxc', 'autopkgtest-build-lxc debian trixie amd64'],
    ['incus-lxc', 'autopkgtest-build-incus images:debian/trixie/amd64'],
    ['lxd-lxc', 'autopkgtest-build-lxd images:debian/trixie/amd64'],
    ['schroot', 'sbuild-createchroot --arch=amd64'],
    ['qemu', 'autopkgtest-build-qemu --architecture=amd64 trixie'],
    ['podman', 'autopkgtest-build-podman --release=trixie'],
  ])('say how to build what debci does not build yet: %s', async (backend, command) => {
    const path = join(folder, 'nothing-installed');
    const testbed = createTestbed(backend, { stateDir: folder, autopkgtestArgs: [], path });
    expect(await testbed.ready(target)).toBe(false);
    const error: unknown = await testbed.setup(target, setup).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(TestbedSetupError);
    expect((error as Error).message).toContain(command);
  });

  it.each([
    ['lxc', 'sudo', '--non-interactive lxc-info --name autopkgtest-trixie-amd64'],
    ['incus-lxc', 'incus', 'image info autopkgtest/debian/trixie/amd64'],
    ['lxd-lxc', 'lxc', 'image info autopkgtest/debian/trixie/amd64'],
    ['schroot', 'schroot', '--info --chroot debci-trixie-amd64'],
    ['podman', 'podman', 'image exists autopkgtest/debian:trixie'],
  ])('ask their own tool whether a testbed built by hand is there: %s', async (backend, tool, args) => {
    const asked = join(folder, 'asked');
    const path = stubPrograms(join(folder, 'bin'), { [tool]: `echo "$@" > ${asked}` });
    const testbed = createTestbed(backend, { stateDir: folder, autopkgtestArgs: [], path });
    expect(await testbed.ready(target)).toBe(true);
    expect(await testbed.setup(target, setup)).toBe('not needed');
    expect(await readFile(asked, 'utf8')).toBe(`${args}\n`);
  });
});
