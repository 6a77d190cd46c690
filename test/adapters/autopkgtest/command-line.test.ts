import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { BACKENDS, backendNamed } from '../../../src/adapters/autopkgtest/backends.js';
import { autopkgtestCommand, type Copy } from '../../../src/adapters/autopkgtest/command-line.js';
import { checkRequest } from '../../../src/adapters/autopkgtest/request-rules.js';
import { InvalidInputError } from '../../../src/domain/errors.js';
import type { TestRequest } from '../../../src/domain/ports/testbed.js';
import { testRequest } from '../../support/test-requests.js';

function command(part: Partial<TestRequest>, copies: Copy[] = [], autopkgtestArgs: string[] = []): string[] {
  const request = testRequest({ backend: 'unshare', suite: 'trixie', ...part });
  const { suite, arch, variant } = request;
  const backend = backendNamed(request.backend);
  const place = { suite, arch, variant, stateDir: '/srv/debci' };
  return autopkgtestCommand({ request, backend, place, copies, autopkgtestArgs, outputDir: '/out', tag: 'cafe0123' });
}

describe('the command line', () => {
  const start = 'autopkgtest --no-built-binaries';
  it.each([
    ['null', `${start} --output-dir /out hello -- null`],
    [
      'unshare',
      `${start} --apt-upgrade --output-dir /out hello -- unshare --tarball /srv/debci/testbeds/unshare/trixie-amd64.tar.zst`,
    ],
    [
      'lxc',
      `${start} --apt-upgrade --user debci --output-dir /out hello -- lxc --sudo --name ci-cafe0123 autopkgtest-trixie-amd64`,
    ],
    ['incus-lxc', `${start} --apt-upgrade --output-dir /out hello -- incus autopkgtest/debian/trixie/amd64`],
    ['lxd-lxc', `${start} --apt-upgrade --output-dir /out hello -- lxd autopkgtest/debian/trixie/amd64`],
    ['schroot', `${start} --apt-upgrade --user debci --output-dir /out hello -- schroot debci-trixie-amd64`],
    [
      'qemu',
      `${start} --apt-upgrade --user debci --output-dir /out hello -- qemu /srv/debci/testbeds/qemu/trixie-amd64.img`,
    ],
    ['podman', `${start} --apt-upgrade --output-dir /out hello -- podman --init localhost/debci/testbed:trixie-amd64`],
  ])('of the backend %s is %s', (backend, expected) => {
    expect(command({ backend }).join(' ')).toBe(expected);
  });

  it('is tested for every backend', () => {
    expect(Object.keys(BACKENDS).sort()).toEqual(
      ['incus-lxc', 'lxc', 'lxd-lxc', 'null', 'podman', 'qemu', 'schroot', 'unshare'].sort(),
    );
  });

  it('adds a release once for the pins that need it, and none for the suite itself', () => {
    const pins = [
      { suite: 'unstable', packages: ['src:glibc', 'libc6'] },
      { suite: 'unstable', packages: ['gcc-15'] },
      { suite: 'trixie', packages: ['make'] },
    ];
    expect(command({ pins }).filter((arg) => /pin|release/.test(arg))).toEqual([
      '--add-apt-release=unstable',
      '--pin-packages=unstable=src:glibc,libc6',
      '--pin-packages=unstable=gcc-15',
      '--pin-packages=trixie=make',
    ]);
  });

  it('gives each line of an extra source on its own, and adds no release that one of them brings', () => {
    const entry =
      'deb http://deb.example.org/debian experimental main\n\ndeb-src http://deb.example.org/debian experimental main\n';
    const pins = [{ suite: 'experimental', packages: ['src:glibc'] }];
    expect(command({ pins, extraAptSources: [{ entry, signingKey: null }] }).slice(5, 8)).toEqual([
      '--pin-packages=experimental=src:glibc',
      '--add-apt-source=deb http://deb.example.org/debian experimental main',
      '--add-apt-source=deb-src http://deb.example.org/debian experimental main',
    ]);
  });

  it('copies files to where they are to be', () => {
    const copies = [{ name: 'debci-extra-0.asc', to: '/etc/apt/trusted.gpg.d/debci-extra-0.asc' }];
    expect(command({}, copies)).toContain('--copy=debci-extra-0.asc:/etc/apt/trusted.gpg.d/debci-extra-0.asc');
  });

  it('has the operator’s own options before the package', () => {
    const args = command({}, [], ['--timeout-factor=2', '--debug']);
    expect(args.slice(args.indexOf('--debug'))).toEqual(['--debug', 'hello', '--', 'unshare', ...args.slice(-2)]);
  });

  it('names another testbed for a variant', () => {
    const last = (backend: string): string | undefined => command({ backend, variant: 'extra' }).at(-1);
    expect(last('unshare')).toBe('/srv/debci/testbeds/unshare/trixie-amd64-extra.tar.zst');
    expect(last('lxc')).toBe('autopkgtest-trixie-amd64-extra');
    expect(last('podman')).toBe('localhost/debci/testbed:trixie-amd64-extra');
  });

  it('has no option, no file to read and no second -- that a request brought, whatever the request holds', () => {
    const text = fc.oneof(
      fc.constantFrom(
        'hello',
        'trixie',
        '--shell',
        '--',
        '@/etc/passwd',
        '-rf',
        'a b',
        'deb http://deb.example.org a b',
      ),
      fc.string({ maxLength: 12 }),
    );
    const hostile = fc.record({
      package: text,
      suite: text,
      arch: text,
      variant: fc.option(text),
      pins: fc.array(fc.record({ suite: text, packages: fc.array(text, { minLength: 1, maxLength: 2 }) }), {
        maxLength: 2,
      }),
      extraAptSources: fc.array(fc.record({ entry: text, signingKey: fc.constant(null) }), { maxLength: 2 }),
    });
    const known =
      /^--(no-built-binaries|apt-upgrade|user|output-dir|sudo|name|init|tarball|add-apt-release=[a-z0-9].*|pin-packages=[a-z0-9].*|add-apt-source=deb.*)?$/;
    const backends = fc.constantFrom(...Object.keys(BACKENDS));
    fc.assert(
      fc.property(hostile, backends, (part, backend) => {
        try {
          checkRequest(testRequest({ ...part, backend }));
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidInputError);
          return;
        }
        const args = command({ ...part, backend });
        expect(args.filter((arg) => arg === '--')).toHaveLength(1);
        for (const arg of args.filter((a) => /^[-@]/.test(a))) expect(arg).toMatch(known);
        for (const arg of args) expect(arg).not.toMatch(/[\n\0]/);
      }),
      { numRuns: 500 },
    );
  });
});
