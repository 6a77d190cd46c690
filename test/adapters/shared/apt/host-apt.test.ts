import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { hostReleases } from '../../../../src/adapters/shared/apt/host-apt.js';
import { hostSuite } from '../../../../src/adapters/autopkgtest/host-suite.js';
import { AptError } from '../../../../src/adapters/shared/apt/apt-error.js';
import { stubPrograms } from '../../../support/stub-programs.js';

const target = (fields: string[]) => fields.join('\t');
const MAIN = ['http://deb.example.org/debian/', 'trixie', 'trixie', 'stable', 'Debian'];
const TARGETS = [
  target([...MAIN, 'main', 'deb', '/etc/apt/sources.list.d/debian.sources:1']),
  target([...MAIN, 'contrib', 'deb', '/etc/apt/sources.list.d/debian.sources:1']),
  target([...MAIN, 'main', 'deb-src', '/etc/apt/sources.list.d/debian.sources:1']),
  target(['http://vendor.example.org/apt/', './', '$(CODENAME)', '$(SUITE)', 'Vendor', '$(COMPONENT)', 'deb', 'x:1']),
  target([
    'http://vendor.example.org/b/',
    'trixie',
    'trixie',
    '$(SUITE)',
    '$(ORIGIN)',
    'main',
    'deb',
    '/etc/apt/sources.list:12',
  ]),
].join('\n');

describe('this machine’s apt', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'debci-test-apt-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const settings = (aptGet: string) => ({
    path: stubPrograms(join(folder, 'bin'), { 'apt-get': aptGet }),
    tmpDir: folder,
  });

  it('tells its releases, each once, with what is known of them', async () => {
    expect(await hostReleases(settings(`cat <<'END'\n${TARGETS}\nEND`))).toEqual([
      {
        ...{ uri: 'http://deb.example.org/debian', release: 'trixie', codename: 'trixie', suite: 'stable' },
        ...{ origin: 'Debian', components: ['main', 'contrib'], hasSources: true },
        entryFile: '/etc/apt/sources.list.d/debian.sources',
      },
      {
        ...{ uri: 'http://vendor.example.org/b', release: 'trixie', codename: 'trixie', suite: '', origin: '' },
        ...{ components: ['main'], hasSources: false, entryFile: '/etc/apt/sources.list' },
      },
    ]);
  });

  it('fetches lists to throw away where it has none, and leaves its own alone', async () => {
    const updated = join(folder, 'updated');
    const aptGet = `
      case "$*" in
        update*Dir::State::lists=${folder}/*) touch ${updated} ;;
        indextargets*Dir::State::lists=${folder}/*) cat <<'END'\n${TARGETS}\nEND\n;;
        indextargets*) ;;
        *) exit 9 ;;
      esac`;
    expect(await hostReleases(settings(aptGet))).toHaveLength(2);
    expect(existsSync(updated)).toBe(true);
    expect((await readdir(folder)).sort()).toEqual(['bin', 'updated']);
  });

  it('is an error of the setup where it fails or is not there', async () => {
    await expect(hostReleases(settings('echo E: broken >&2; exit 100'))).rejects.toThrow(AptError);
    await expect(hostReleases(settings('echo E: broken >&2; exit 100'))).rejects.toThrow('E: broken');
    await expect(hostReleases({ path: '/nonexistent', tmpDir: folder })).rejects.toThrow(AptError);
  });

  it('has no suite to test where it uses no archive of a distribution', async () => {
    const vendorOnly = TARGETS.split('\n').slice(3).join('\n');
    await expect(hostSuite(settings(`cat <<'END'\n${vendorOnly}\nEND`))).rejects.toThrow(AptError);
  });
});
