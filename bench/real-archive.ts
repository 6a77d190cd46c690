import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostSuite } from '../src/adapters/autopkgtest/host-suite.js';
import { AptArchive } from '../src/adapters/archive/apt-archive.js';
import type { AptRoot } from '../src/adapters/archive/apt-root.js';
import { aptView } from '../src/adapters/shared/apt/apt-view.js';
import { DEBIAN_PATH } from '../src/adapters/shared/process/environment.js';
import { hostArch } from '../src/cli/config/host-arch.js';
import { ArchiveSnapshot } from '../src/domain/archive/snapshot.js';
import type { ArchiveTarget, SourcePackage } from '../src/domain/ports/archive.js';

export interface RealArchive {
  readonly archive: AptArchive;
  readonly target: ArchiveTarget;
  /** For whatever else is needed; goes away with the archive. */
  readonly folder: string;
}

/** The archive of this machine's own release, as its apt has it, fetched into a folder that goes away. */
export async function withRealArchive<Result>(use: (real: RealArchive) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'debci-bench-'));
  try {
    const { suite } = await hostSuite();
    const target = { suite, arch: await hostArch(), extraAptSources: [] };
    const view = (): ReturnType<typeof aptView> => aptView(suite, { path: DEBIAN_PATH, tmpDir: folder });
    const archive = new AptArchive({ folder: join(folder, 'archives'), path: DEBIAN_PATH, graceMs: 1000, view });
    await archive.refresh(target, { signal: new AbortController().signal, onLine: () => undefined });
    return await use({ archive, target, folder });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function snapshotOf({ archive, target }: RealArchive): Promise<ArchiveSnapshot> {
  return ArchiveSnapshot.from(archive.packages(target), { arch: target.arch, recommends: false });
}

/** Packages with tests from all over the alphabet, always the same ones of an archive. */
export function sample(snapshot: ArchiveSnapshot, count: number): SourcePackage[] {
  const all = [...snapshot.tested()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]!);
}

/** What apt would install for a package's test; null where it finds no solution. */
export async function installed(root: AptRoot, names: readonly string[]): Promise<Set<string> | null> {
  const args = ['--simulate', '--no-install-recommends', 'install', ...names];
  const output = await root.apt('apt-get', args).catch(() => null);
  if (output === null) return null;
  const lines = output.matchAll(/^Inst (\S+?)(?::\S+)? \((\S+) /gm);
  return new Set(Array.from(lines, ([, name = '', version = '']) => `${name} ${version}`));
}
