import { userInfo } from 'node:os';
import { join } from 'node:path';

import { InvalidInputError } from '../../domain/errors.js';
import type { TestbedTarget } from '../../domain/ports/testbed.js';
import { SCHROOT_CONF, USER_SCRIPT } from './build/build-folder.js';
import { mmdebstrapCommand, MMDEBSTRAP } from './build/mmdebstrap.js';
import type { Programs } from './process/required-programs.js';

/** One testbed of a backend. */
export interface TestbedPlace extends TestbedTarget {
  /** debci's own folder. */
  readonly stateDir: string;
  readonly variant: string | null;
}

/** A program and its arguments. */
export type Command = readonly [string, ...string[]];

/** What a recipe's programs are told of one build. */
export interface BuildInput {
  /** The file to make, where a file is the testbed. */
  readonly target: string;
  /** Lines of sources.list(5), the suite's own archive first. */
  readonly sources: readonly string[];
  /** That archive's address. */
  readonly mirror: string;
  /** What the programs have in their environment (build/build-folder.ts); to be handed on by those that clear theirs. */
  readonly env: Readonly<Record<string, string>>;
}

/** A testbed that programs of Debian's build (build/program-builder.ts). */
export interface Recipe {
  readonly kind: 'programs';
  /** What a build needs beside what a run does. */
  readonly programs: Programs;
  /** Of the file in `<stateDir>/testbeds/<backend>/` that is the testbed; null: the backend's own tool keeps testbeds. */
  readonly ending: string | null;
  /** Asks the backend's tool whether it knows the testbed (exit code 0). */
  readonly present?: (place: TestbedPlace) => Command;
  /** What is run in the build's folder, one after the other. The last one puts the new testbed in the old one's place. */
  commands(place: TestbedPlace, input: BuildInput): readonly Command[];
  /** Takes away what a first build that failed may have left. */
  readonly undo?: (place: TestbedPlace) => Command;
}

/** How a backend comes by its testbeds: built, or the machine itself, with a view of apt that has sources. */
export type Builder = Recipe | { readonly kind: 'apt view' };

export interface Backend {
  readonly builder: Builder;
  /**
   * What autopkgtest's virt server promises tests. Those that ask for more (`isolation-container`, `isolation-machine`)
   * are skipped by autopkgtest, which says so in its summary and its exit code.
   */
  readonly isolation: 'none' | 'container' | 'machine';
  /** Nothing keeps a test from the machine that runs it. */
  readonly unprotected?: true;
  /** The programs that a run needs, each with its Debian package. */
  readonly programs: Programs;
  /** What else, in words, to be told where there is no testbed. */
  readonly needs: string;
  /**
   * The worker's own loopback address as a testbed reaches it; null where that depends on the network that the backend
   * was given.
   */
  readonly loopback: string | null;
  /** autopkgtest's options before the package. */
  readonly options: readonly string[];
  /** The virt server and its arguments. `tag`: unique among the runs of now, eight letters and digits. */
  server(place: TestbedPlace, tag: string): readonly string[];
}

/** Debian's: the user of tests that need no root. Our recipes put it into the testbeds of the backends that want it. */
const AS_DEBCI = ['--apt-upgrade', '--user', 'debci'];
/** For testbeds where autopkgtest finds or makes a user by itself. */
const UPGRADED = ['--apt-upgrade'];
const AUTOPKGTEST: Programs = { autopkgtest: 'autopkgtest' };
/** As autopkgtest-virt-qemu's and Podman's user network name the host. */
const SLIRP_HOST = '10.0.2.2';

/** The testbed's name where it needs one: `<suite>-<arch>`, a variant behind. */
export function testbedName({ suite, arch, variant }: TestbedPlace): string {
  return [suite, arch, ...(variant === null ? [] : [variant])].join('-');
}

/** Where the files of a backend's testbeds lie. */
export function testbedsFolder({ stateDir }: Pick<TestbedPlace, 'stateDir'>, backend: string): string {
  return join(stateDir, 'testbeds', backend);
}

function testbedFile(place: TestbedPlace, backend: string, ending: string): string {
  return join(testbedsFolder(place, backend), testbedName(place) + ending);
}

const lxcContainer = (place: TestbedPlace): string => `autopkgtest-${testbedName(place)}`;
const schroot = (place: TestbedPlace): string => `debci-${testbedName(place)}`;
/** The alias that autopkgtest-build-incus and autopkgtest-build-lxd give their images. */
const imageAlias = ({ suite, arch, variant }: TestbedPlace): string =>
  ['autopkgtest/debian', suite, arch, ...(variant === null ? [] : [variant])].join('/');
const podmanImage = (place: TestbedPlace): string => `localhost/debci/testbed:${testbedName(place)}`;
/** Images inherit the labels of what they are made from. */
const OUR_IMAGES = 'debci=testbed';
const podmanNew = (place: TestbedPlace): string => `${podmanImage(place)}-new`;
const podmanBase = (place: TestbedPlace): string => `localhost/debci/base:${testbedName(place)}`;

/** By sudo, also for root, as autopkgtest-virt-lxc does. The environment is given as arguments: sudo lets none through. */
function sudo(env: Readonly<Record<string, string>>, ...command: Command): Command {
  const assignments = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return ['sudo', '--non-interactive', ...(assignments.length > 0 ? ['env', ...assignments] : []), ...command];
}

function asRoot(...command: Command): Command {
  return userInfo().uid === 0 ? command : sudo({}, ...command);
}

/** Image servers know unstable by its code name only. */
const imageOf = ({ suite, arch }: TestbedTarget): string =>
  `images:debian/${suite === 'unstable' ? 'sid' : suite}/${arch}`;

/** autopkgtest-build-incus and its elder twin: a container from an image server, changed and published under our alias. */
function imageRecipe(builder: string, tool: string, debianPackage: string): Recipe {
  return {
    kind: 'programs',
    programs: { [builder]: 'autopkgtest', [tool]: debianPackage },
    ending: null,
    present: (place) => [tool, 'image', 'info', imageAlias(place)],
    commands: (place) => [[builder, imageOf(place)]],
  };
}

/** All backends but `fake`, which runs no autopkgtest (fake-testbed.ts). What is said of isolation is autopkgtest 5.28's. */
export const BACKENDS: Readonly<Record<string, Backend>> = {
  null: {
    builder: { kind: 'apt view' },
    // Tests find a whole machine: the worker's own.
    isolation: 'machine',
    unprotected: true,
    programs: AUTOPKGTEST,
    needs: 'a machine that may be thrown away: tests run on it, as root',
    loopback: '127.0.0.1',
    // No --apt-upgrade: it would upgrade the machine.
    options: [],
    server: () => ['null'],
  },
  unshare: {
    builder: {
      kind: 'programs',
      programs: MMDEBSTRAP,
      ending: '.tar.zst',
      commands: (place, { sources, target }) => [mmdebstrapCommand(place, sources, target)],
    },
    isolation: 'none',
    programs: { ...AUTOPKGTEST, newuidmap: 'uidmap', zstd: 'zstd' },
    needs: 'a kernel with user namespaces, and subordinate ids (subuid(5)), which setup gives to root',
    loopback: '127.0.0.1',
    // The virt server makes a user of its own.
    options: UPGRADED,
    server: (place) => ['unshare', '--tarball', testbedFile(place, 'unshare', '.tar.zst')],
  },
  schroot: {
    builder: {
      kind: 'programs',
      programs: MMDEBSTRAP,
      // schroot knows how to unpack a file by its ending.
      ending: '.tar.gz',
      present: (place) => ['schroot', '--info', '--chroot', schroot(place)],
      commands: (place, { sources, target }) => [
        mmdebstrapCommand(place, sources, target, { users: ['debci'] }),
        asRoot('install', '--mode=644', SCHROOT_CONF, `/etc/schroot/chroot.d/${schroot(place)}`),
      ],
    },
    isolation: 'none',
    programs: { ...AUTOPKGTEST, schroot: 'schroot' },
    needs: 'root, or sudo for setup',
    loopback: '127.0.0.1',
    options: AS_DEBCI,
    server: (place) => ['schroot', schroot(place)],
  },
  lxc: {
    builder: {
      kind: 'programs',
      programs: {
        'autopkgtest-build-lxc': 'autopkgtest',
        'lxc-create': 'lxc',
        '/usr/share/lxc/templates/lxc-debian': 'lxc-templates',
        debootstrap: 'debootstrap',
      },
      ending: null,
      present: (place) => sudo({}, 'lxc-info', '--name', lxcContainer(place)),
      commands: ({ suite, arch }, { env }) => [sudo(env, 'autopkgtest-build-lxc', 'debian', suite, arch, USER_SCRIPT)],
      undo: (place) => sudo({}, 'lxc-destroy', '--force', '--name', lxcContainer(place)),
    },
    isolation: 'container',
    programs: { ...AUTOPKGTEST, 'lxc-info': 'lxc', sudo: 'sudo' },
    needs: 'control groups, a bridge (lxcbr0 of lxc-net), and sudo without a password',
    loopback: null,
    options: AS_DEBCI,
    // Network interfaces are named after the container: no more than 15 characters.
    server: (place, tag) => ['lxc', '--sudo', '--name', `ci-${tag}`, lxcContainer(place)],
  },
  'incus-lxc': {
    builder: imageRecipe('autopkgtest-build-incus', 'incus', 'incus'),
    isolation: 'container',
    programs: { ...AUTOPKGTEST, incus: 'incus' },
    needs:
      'autopkgtest 5.32 or later, an Incus that is initialised, its image server images:, and the group incus-admin',
    loopback: null,
    options: UPGRADED,
    server: (place) => ['incus', imageAlias(place)],
  },
  'lxd-lxc': {
    builder: imageRecipe('autopkgtest-build-lxd', 'lxc', 'lxd'),
    isolation: 'container',
    programs: { ...AUTOPKGTEST, lxc: 'lxd' },
    needs: 'an LXD that is initialised, its image server images:, and the group lxd',
    loopback: null,
    options: UPGRADED,
    server: (place) => ['lxd', imageAlias(place)],
  },
  podman: {
    builder: {
      kind: 'programs',
      programs: { ...MMDEBSTRAP, 'autopkgtest-build-podman': 'autopkgtest', podman: 'podman' },
      ending: null,
      present: (place) => ['podman', 'image', 'exists', podmanImage(place)],
      commands: (place, { sources, mirror }) => [
        // Not an image of a registry: this one comes from our mirror, its packages checked with our keys.
        mmdebstrapCommand(place, sources, 'base.tar'),
        ['podman', 'import', '--change', `LABEL ${OUR_IMAGES}`, 'base.tar', podmanBase(place)],
        [
          'autopkgtest-build-podman',
          ...['--image', podmanBase(place), '--tag', podmanNew(place), '--release', place.suite],
          ...['--mirror', mirror, '--init', 'systemd'],
        ],
        // Fails where there is no new image: the builder ends well whatever Podman said.
        ['podman', 'tag', podmanNew(place), podmanImage(place)],
        // The second one is the name to take away; without it, all of the image's names go.
        ['podman', 'untag', podmanNew(place), podmanNew(place)],
        // The images that lost their names; other people's are none of our business.
        ['podman', 'image', 'prune', '--force', '--filter', `label=${OUR_IMAGES}`],
      ],
    },
    // With an init system; without one autopkgtest promises none.
    isolation: 'container',
    programs: { ...AUTOPKGTEST, podman: 'podman' },
    needs: 'control groups (version 2 without root), and subordinate ids',
    loopback: SLIRP_HOST,
    options: UPGRADED,
    server: (place) => ['podman', '--init', podmanImage(place)],
  },
  qemu: {
    builder: {
      kind: 'programs',
      programs: { 'autopkgtest-build-qemu': 'autopkgtest', vmdb2: 'vmdb2', 'qemu-img': 'qemu-utils' },
      ending: '.img',
      commands: ({ suite, arch }, { mirror, target }) => [
        ['autopkgtest-build-qemu', `--architecture=${arch}`, `--mirror=${mirror}`, suite, target],
      ],
    },
    isolation: 'machine',
    programs: { ...AUTOPKGTEST, 'qemu-img': 'qemu-utils' },
    needs: 'root for setup, qemu-system of the architecture, and /dev/kvm (without it tests take many times longer)',
    loopback: SLIRP_HOST,
    options: AS_DEBCI,
    server: (place) => ['qemu', testbedFile(place, 'qemu', '.img')],
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
