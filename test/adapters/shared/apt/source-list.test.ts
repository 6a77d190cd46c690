import { describe, expect, it } from 'vitest';

import { ownRelease, parseDistribution } from '../../../../src/adapters/shared/apt/distribution.js';
import type { HostRelease } from '../../../../src/adapters/shared/apt/host-apt.js';
import { chooseSources, sourceListLines } from '../../../../src/adapters/shared/apt/source-list.js';

const uri = 'http://deb.example.org/debian';

function release(name: string, part: Partial<HostRelease> = {}): HostRelease {
  return {
    uri,
    release: name,
    codename: name,
    suite: 'stable',
    origin: 'Debian',
    components: ['main', 'contrib'],
    hasSources: false,
    entryFile: '/etc/apt/sources.list',
    ...part,
  };
}

const vendor = release('bookworm', { uri: 'http://vendor.example.org/apt', origin: 'Vendor', components: ['main'] });
const own = release('bookworm');
const updates = release('bookworm-updates', { suite: 'stable-updates' });
const security = release('bookworm-security', { uri: `${uri}-security`, suite: 'stable-security' });
const backports = release('bookworm-backports');
const releases = [vendor, backports, security, own, updates];
const bookworm = parseDistribution('PRETTY_NAME="Debian"\nID=debian\nVERSION_CODENAME=bookworm\n');

describe('this machine’s own release', () => {
  it('is the one with the code name, never another vendor’s of that name', () => {
    expect(ownRelease(releases, bookworm)).toBe(own);
  });

  it('is the distribution’s first where none has the code name', () => {
    const sid = release('unstable', { codename: 'sid' });
    expect(ownRelease([vendor, sid], { ids: ['debian'], codename: 'forky' })).toBe(sid);
  });

  it('may be that of the distribution a derivative is like', () => {
    const derivative = parseDistribution("ID=derived\nID_LIKE='other debian'\n");
    expect(derivative).toEqual({ ids: ['derived', 'other', 'debian'], codename: null });
    expect(ownRelease([vendor, backports], derivative)).toBe(backports);
  });

  it('is nothing where apt uses no archive of the distribution', () => {
    expect(ownRelease([vendor], bookworm)).toBeNull();
  });
});

describe('a testbed’s sources', () => {
  it('are those of this machine’s own release with updates and security, and nobody else’s', () => {
    expect(chooseSources('bookworm', releases, own)).toEqual([
      { uri, suite: 'bookworm', components: ['main', 'contrib'] },
      { uri: `${uri}-security`, suite: 'bookworm-security', components: ['main', 'contrib'] },
      { uri, suite: 'bookworm-updates', components: ['main', 'contrib'] },
    ]);
  });

  it('are the same by the name that the suite has today', () => {
    expect(chooseSources('stable', releases, own)?.map((s) => s.suite)).toEqual([
      'stable',
      'bookworm-security',
      'bookworm-updates',
    ]);
  });

  it('are the same archive for another suite', () => {
    expect(chooseSources('unstable', releases, own)).toEqual([
      { uri, suite: 'unstable', components: ['main', 'contrib'] },
    ]);
  });

  it('are the mirror’s where one is set', () => {
    const mirror = 'http://mirror.example.org/debian/';
    expect(chooseSources('bookworm', releases, own, mirror)).toEqual([
      { uri: 'http://mirror.example.org/debian', suite: 'bookworm', components: ['main', 'contrib'] },
    ]);
    expect(chooseSources('sid', [], null, mirror)?.[0]?.components).toEqual(['main']);
  });

  it('are none where nothing says where to get them', () => {
    expect(chooseSources('sid', [], null)).toBeNull();
  });

  it('are written with a line for packages and one for sources', () => {
    expect(sourceListLines([{ uri, suite: 'sid', components: ['main', 'contrib'] }])).toEqual([
      `deb ${uri} sid main contrib`,
      `deb-src ${uri} sid main contrib`,
    ]);
  });
});
