import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AptArchive } from '../../../src/adapters/archive/apt-archive.js';
import { DEBIAN_PATH } from '../../../src/adapters/shared/process/environment.js';
import { ArchiveSnapshot } from '../../../src/domain/archive/snapshot.js';
import { ArchiveUnavailableError, type ArchivePackage, type ArchiveTarget } from '../../../src/domain/ports/archive.js';
import { temporaryFolder } from '../../support/folder.js';
import { chainOf, packagesOf, realIndices, withVersion, type Indices } from '../../support/packages.js';
import { CAN_SIGN, SignedArchive } from '../../support/signed-archive.js';

const NEVER = new AbortController().signal;
const QUIET = { signal: NEVER, onLine: () => undefined };

describe.skipIf(!CAN_SIGN && process.env.CI !== 'true')('an archive that apt fetches', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let mirror: SignedArchive;
  let archive: AptArchive;
  const target: ArchiveTarget = { suite: 'trixie', arch: 'amd64', extraAptSources: [] };

  beforeEach(() => {
    folder = temporaryFolder();
    mirror = new SignedArchive(folder.path);
    archive = archiveWith(['trixie'], mirror.key);
  });
  afterEach(() => {
    mirror.dispose();
    folder.remove();
  });

  function archiveWith(suites: string[], key: string, url = mirror.url): AptArchive {
    return new AptArchive({
      folder: join(folder.path, 'archives'),
      path: DEBIAN_PATH,
      graceMs: 1000,
      view: () =>
        Promise.resolve({
          sources: suites.flatMap((suite) => [`deb ${url} ${suite} main`, `deb-src ${url} ${suite} main`]),
          keys: [{ name: 'test.asc', bytes: Buffer.from(key) }],
          settings: [{ key: 'Acquire::Languages', value: 'none' }],
          mirror: url,
          proxy: null,
        }),
    });
  }
  const all = async (from = archive, at = target): Promise<ArchivePackage[]> => {
    const packages: ArchivePackage[] = [];
    for await (const one of from.packages(at)) packages.push(one);
    return packages;
  };
  const byKind = (packages: ArchivePackage[]): ArchivePackage[] =>
    packages.sort((a, b) => (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : a.package.name < b.package.name ? -1 : 1));
  const direct = async (indices: Indices): Promise<ArchivePackage[]> => {
    const packages: ArchivePackage[] = [];
    for await (const one of packagesOf(indices)) packages.push(one);
    return packages;
  };
  const small = (packages: string): Indices => ({
    packages,
    sources: 'Package: a\nVersion: 1\nTestsuite: autopkgtest\n',
  });

  it('gives all of its packages, compressed as its indices are', async () => {
    mirror.publish('trixie', realIndices());
    await archive.refresh(target, QUIET);
    expect(byKind(await all())).toEqual(byKind(await direct(realIndices())));
  });

  it('is followed: the next refresh brings what is new', async () => {
    const { packages, sources } = realIndices();
    mirror.publish('trixie', { packages, sources });
    await archive.refresh(target, QUIET);
    mirror.publish('trixie', { packages: withVersion(packages, 'libc6', '9.9'), sources });
    await archive.refresh(target, QUIET);
    const versions = (await all()).flatMap(({ package: { name, version } }) => (name === 'libc6' ? [version] : []));
    expect(versions).toEqual(['9.9']);
  });

  it('is refused where its signature is not of a known key', async () => {
    const other = new SignedArchive(join(folder.path, 'other'));
    mirror.publish('trixie', realIndices());
    await expect(archiveWith(['trixie'], other.key).refresh(target, QUIET)).rejects.toThrow(/NO_PUBKEY/);
    other.dispose();
  });

  it('is refused where an index is not the signed one; what was known stays', async () => {
    mirror.publish('trixie', small('Package: a\nVersion: 1\n'));
    await archive.refresh(target, QUIET);
    mirror.publish('trixie', small('Package: a\nVersion: 2\n'));
    mirror.tamper('trixie', 'Package: a\nVersion: 3\nDepends: evil\n');
    await expect(archive.refresh(target, QUIET)).rejects.toThrow(ArchiveUnavailableError);
    expect((await all()).map(({ kind, package: { version } }) => [kind, version])).toContainEqual(['binary', '1']);
  });

  it('cannot be read where it was never fetched, or does not exist', async () => {
    await expect(all()).rejects.toThrow(ArchiveUnavailableError);
    await expect(archive.refresh(target, QUIET)).rejects.toThrow(/does not have a Release file|InRelease/);
    await expect(all()).rejects.toThrow('there are no indices of trixie/amd64');
  });

  it('may be of several suites, of which one counts less where its release file says so', async () => {
    mirror.publish(
      'trixie',
      small('Package: a\nVersion: 1\nDepends: from-trixie\n\nPackage: from-trixie\nVersion: 1\n'),
    );
    mirror.publish('security', small('Package: a\nVersion: 1.1\nDepends: from-trixie (>= 1)\n'));
    mirror.publish('rc-buggy', small('Package: a\nVersion: 2\nDepends: none\n'), 'NotAutomatic: yes');
    const several = archiveWith(['trixie', 'security', 'rc-buggy'], mirror.key);
    await several.refresh(target, QUIET);
    const packages = (await all(several)).filter(({ package: { name } }) => name === 'a');
    expect(packages.flatMap((one) => (one.kind === 'binary' ? [[one.package.version, one.package.pin]] : []))).toEqual([
      ['1', 500],
      ['1.1', 500],
      ['2', 1],
    ]);
    const snapshot = await ArchiveSnapshot.from(several.packages(target), { arch: 'amd64', recommends: false });
    expect(chainOf(snapshot, 'a')).toEqual(['a', 'from-trixie']);
  });

  it('has the packages of extra sources, signed with keys of their own, and sees them in a folder apart', async () => {
    const extra = new SignedArchive(join(folder.path, 'extra'));
    mirror.publish('trixie', small('Package: a\nVersion: 1\n'));
    extra.publish('local', { packages: 'Package: b\nVersion: 1\n', sources: 'Package: b\nVersion: 1\n' });
    const source = { entry: `deb ${extra.url} local main`, signingKey: extra.key };
    const wide = { ...target, extraAptSources: [source] };
    await archive.refresh(wide, QUIET);
    expect((await all(archive, wide)).map(({ kind, package: { name } }) => `${kind} ${name}`).sort()).toEqual([
      'binary a',
      'binary b',
      'source a',
      'source b',
    ]);
    await archive.refresh(target, QUIET);
    expect((await all()).some(({ package: { name } }) => name === 'b')).toBe(false);
    expect(readdirSync(join(folder.path, 'archives'))).toHaveLength(2);
    extra.dispose();
  });

  it('may be of an architecture that is not this machine’s', async () => {
    const arm = new SignedArchive(join(folder.path, 'arm'), 'arm64');
    arm.publish('trixie', {
      packages:
        'Package: a\nVersion: 1\nArchitecture: arm64\nDepends: b\n\nPackage: b\nVersion: 1\nArchitecture: all\n',
      sources: small('').sources,
    });
    const foreign = { ...target, arch: 'arm64' };
    const arms = archiveWith(['trixie'], arm.key, arm.url);
    await arms.refresh(foreign, QUIET);
    const snapshot = await ArchiveSnapshot.from(arms.packages(foreign), { arch: 'arm64', recommends: false });
    expect(chainOf(snapshot, 'a')).toEqual(['a', 'b']);
    arm.dispose();
  });

  it('touches nothing of this machine, and reads none of its sources, keys or settings', async () => {
    mirror.publish('trixie', realIndices());
    await archive.refresh(target, QUIET);
    const root = archive.root(target);
    const conf = readFileSync(join(root.folder, 'apt.conf'), 'utf8');
    for (const [, key, value] of conf.matchAll(/^(Dir::\S+) "(.*)";$/gm)) {
      expect(`${key ?? ''} ${value ?? ''}`).toMatch(new RegExp(`^\\S+ (${root.folder}(/.*)?|/dev/null)$`));
    }
    expect((await root.indexFiles()).every(({ path }) => path.startsWith(root.folder))).toBe(true);
  });

  it('has the chains that apt-get --simulate install resolves, for real packages', async () => {
    mirror.publish('trixie', realIndices());
    await archive.refresh(target, QUIET);
    const root = archive.root(target);
    const snapshot = await ArchiveSnapshot.from(archive.packages(target), { arch: 'amd64', recommends: false });
    for (const source of snapshot.tested()) {
      // It builds two mail servers, of which apt installs but one.
      if (source.name === 'exim4') continue;
      const install = ['--simulate', '--no-install-recommends', 'install', ...snapshot.installs(source)];
      const installed = [...(await root.apt('apt-get', install)).matchAll(/^Inst (\S+)/gm)].map(([, name]) => name);
      expect([source.name, ...chainOf(snapshot, source.name)]).toEqual([source.name, ...installed.sort()]);
    }
  });

  it('stops when it is told to', async () => {
    mkdirSync(join(folder.path, 'archives'), { recursive: true });
    const stop = new AbortController();
    stop.abort();
    await expect(archive.refresh(target, { ...QUIET, signal: stop.signal })).rejects.toThrow('was stopped');
  });
});
