import { join } from 'node:path';

import { InvalidInputError } from '../../domain/errors.js';
import type { TestbedTarget } from '../../domain/ports/testbed.js';
import type { Programs } from './process/required-programs.js';

/** One testbed of a backend. */
export interface TestbedPlace extends TestbedTarget {
  /** debci's own folder. */
  readonly stateDir: string;
  readonly variant: string | null;
}

/** How a backend comes by its testbeds. */
export type Builder =
  /** The machine itself, with a view of apt that has sources (build/null-builder.ts). */
  | { readonly kind: 'apt view' }
  /** A tarball (build/unshare-builder.ts). */
  | { readonly kind: 'tarball' }
  /** Outside of debci: `command` tells people how, `present` asks whether it is there (exit code 0). */
  | {
      readonly kind: 'by hand';
      command(place: TestbedPlace): string;
      present(place: TestbedPlace): readonly [string, ...string[]];
    };

export interface Backend {
  readonly builder: Builder;
  /** What keeps a test from the machine that runs it. */
  readonly isolation: 'none' | 'container' | 'machine';
  /** The programs that it needs, each with its Debian package. */
  readonly programs: Programs;
  /** autopkgtest's options before the package. */
  readonly options: readonly string[];
  /** The virt server and its arguments. `tag`: unique among the runs of now, eight letters and digits. */
  server(place: TestbedPlace, tag: string): readonly string[];
}

/** Debian's builders make a user debci in their testbeds, who runs the tests that need no root. */
const AS_DEBCI = ['--apt-upgrade', '--user', 'debci'];
const AUTOPKGTEST: Programs = { autopkgtest: 'autopkgtest' };
const WITH_USER = ', and add a user debci to it (useradd --create-home debci)';

/** The testbed's name where it needs one: `<suite>-<arch>`, a variant behind. */
export function testbedName({ suite, arch, variant }: TestbedPlace): string {
  return [suite, arch, ...(variant === null ? [] : [variant])].join('-');
}

const lxcContainer = (place: TestbedPlace): string => `autopkgtest-${testbedName(place)}`;
const schroot = (place: TestbedPlace): string => `debci-${testbedName(place)}`;
const withVariant = (name: string, { variant }: TestbedPlace): string =>
  variant === null ? name : `${name}-${variant}`;
/** The alias that autopkgtest-build-lxd and autopkgtest-build-incus give their images. */
const imageAlias = (place: TestbedPlace): string =>
  withVariant(`autopkgtest/debian/${place.suite}/${place.arch}`, place);
/** The tag that autopkgtest-build-podman gives its images. */
const podmanImage = (place: TestbedPlace): string => withVariant(`autopkgtest/debian:${place.suite}`, place);
const qemuImage = (place: TestbedPlace): string =>
  join(place.stateDir, 'testbeds', 'qemu', `${testbedName(place)}.img`);

/** Where the unshare backend's testbed lies. */
export function unshareTarball(place: TestbedPlace): string {
  return join(place.stateDir, 'testbeds', 'unshare', `${testbedName(place)}.tar.zst`);
}

/** All backends but `fake`, which runs no autopkgtest (fake-testbed.ts). */
export const BACKENDS: Readonly<Record<string, Backend>> = {
  null: {
    builder: { kind: 'apt view' },
    isolation: 'none',
    programs: AUTOPKGTEST,
    // No --apt-upgrade: it would upgrade the machine.
    options: [],
    server: () => ['null'],
  },
  unshare: {
    builder: { kind: 'tarball' },
    isolation: 'container',
    programs: { ...AUTOPKGTEST, mmdebstrap: 'mmdebstrap', newuidmap: 'uidmap', zstd: 'zstd' },
    // The virt server makes a user of its own.
    options: ['--apt-upgrade'],
    server: (place) => ['unshare', '--tarball', unshareTarball(place)],
  },
  lxc: {
    builder: {
      kind: 'by hand',
      command: (place) => `autopkgtest-build-lxc debian ${place.suite} ${place.arch}${WITH_USER}`,
      present: (place) => ['sudo', '--non-interactive', 'lxc-info', '--name', lxcContainer(place)],
    },
    isolation: 'container',
    programs: { ...AUTOPKGTEST, 'lxc-info': 'lxc', sudo: 'sudo' },
    options: AS_DEBCI,
    // Network interfaces are named after the container: no more than 15 characters.
    server: (place, tag) => ['lxc', '--sudo', '--name', `ci-${tag}`, lxcContainer(place)],
  },
  'incus-lxc': {
    builder: {
      kind: 'by hand',
      command: (place) => `autopkgtest-build-incus images:debian/${place.suite}/${place.arch}${WITH_USER}`,
      present: (place) => ['incus', 'image', 'info', imageAlias(place)],
    },
    isolation: 'container',
    programs: { ...AUTOPKGTEST, incus: 'incus' },
    options: AS_DEBCI,
    server: (place) => ['incus', imageAlias(place)],
  },
  'lxd-lxc': {
    builder: {
      kind: 'by hand',
      command: (place) => `autopkgtest-build-lxd images:debian/${place.suite}/${place.arch}${WITH_USER}`,
      present: (place) => ['lxc', 'image', 'info', imageAlias(place)],
    },
    isolation: 'container',
    programs: { ...AUTOPKGTEST, lxc: 'lxd' },
    options: AS_DEBCI,
    server: (place) => ['lxd', imageAlias(place)],
  },
  schroot: {
    builder: {
      kind: 'by hand',
      command: (place) =>
        `sbuild-createchroot --arch=${place.arch} --chroot-prefix=debci-${place.suite} --chroot-suffix= ` +
        `--make-sbuild-tarball=/srv/${schroot(place)}.tar.gz ${place.suite} /srv/${schroot(place)}${WITH_USER}`,
      present: (place) => ['schroot', '--info', '--chroot', schroot(place)],
    },
    isolation: 'container',
    programs: { ...AUTOPKGTEST, schroot: 'schroot' },
    options: AS_DEBCI,
    server: (place) => ['schroot', schroot(place)],
  },
  qemu: {
    builder: {
      kind: 'by hand',
      command: (place) =>
        `autopkgtest-build-qemu --architecture=${place.arch} ${place.suite} ${qemuImage(place)}${WITH_USER}`,
      present: (place) => ['test', '-e', qemuImage(place)],
    },
    isolation: 'machine',
    programs: { ...AUTOPKGTEST, 'qemu-img': 'qemu-utils' },
    options: AS_DEBCI,
    server: (place) => ['qemu', qemuImage(place)],
  },
  podman: {
    builder: {
      kind: 'by hand',
      command: (place) => `autopkgtest-build-podman --release=${place.suite}`,
      present: (place) => ['podman', 'image', 'exists', podmanImage(place)],
    },
    isolation: 'container',
    programs: { ...AUTOPKGTEST, podman: 'podman' },
    options: ['--apt-upgrade'],
    server: (place) => ['podman', podmanImage(place)],
  },
};

/** The names of all backends. */
export const BACKEND_NAMES: readonly string[] = [...Object.keys(BACKENDS), 'fake'].sort();

/** @throws InvalidInputError that lists what there is. */
export function backendNamed(name: string): Backend {
  const backend = Object.hasOwn(BACKENDS, name) ? BACKENDS[name] : undefined;
  if (backend === undefined) {
    throw new InvalidInputError([{ field: 'backend', value: name, allowed: `one of ${BACKEND_NAMES.join(', ')}` }]);
  }
  return backend;
}
