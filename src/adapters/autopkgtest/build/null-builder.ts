import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { SetupOptions } from '../../../domain/ports/testbed.js';
import { type TestbedPlace, testbedsFolder } from '../backends.js';
import { isThere, modifiedAt, writeInto } from '../../shared/files.js';
import type { CompleteSettings } from '../settings.js';
import { aptConf } from '../../shared/apt/apt-settings.js';
import { type AptView, aptView, hostRelease } from '../../shared/apt/apt-view.js';
import { runBuildProgram } from './build-program.js';
import { isFresh } from './freshness.js';
import { withLock } from './lock.js';
import type { TestbedBuilder } from './testbed-builder.js';

/**
 * The null backend's testbed is this machine. Where its apt has no source lines, autopkgtest could not fetch a
 * package; then a second view of apt is made, which has them, and only runs see it (APT_CONFIG): lists and sources
 * of its own, the machine's own installed packages. The machine's sources stay as they are.
 */
export class NullBuilder implements TestbedBuilder {
  constructor(private readonly settings: CompleteSettings) {}

  async ready(place: TestbedPlace): Promise<boolean> {
    return place.variant === null && ((await isThere(this.confFile(place))) || (await this.machineHasSources()));
  }

  builtAt(place: TestbedPlace): Promise<Date | null> {
    return modifiedAt(this.confFile(place));
  }

  async setup(place: TestbedPlace, options: SetupOptions): Promise<'built' | 'fresh' | 'not needed'> {
    const askedAt = Date.now();
    if (await this.machineHasSources()) return 'not needed';
    await mkdir(this.folder(place), { recursive: true });
    return await withLock(join(this.folder(place), 'lock'), options.signal, this.settings, async () => {
      if (isFresh(await this.builtAt(place), options.force, askedAt)) return 'fresh';
      await this.build(place, options);
      return 'built';
    });
  }

  async environment(place: TestbedPlace): Promise<Record<string, string>> {
    return (await isThere(this.confFile(place))) ? { APT_CONFIG: this.confFile(place) } : {};
  }

  /** apt-get update is itself safe to repeat and to interrupt; that the configuration is there says that it was done. */
  private async build(place: TestbedPlace, { signal, onLine }: SetupOptions): Promise<void> {
    const folder = this.folder(place);
    const release = await hostRelease(this.settings);
    const view = await aptView(release?.release ?? place.suite, this.settings);
    await this.writeView(folder, view);
    const unfinished = `${this.confFile(place)}.new`;
    await writeFile(unfinished, viewConf(folder) + aptConf(view.settings, (file) => file));
    const update = {
      argv: ['apt-get', 'update'] as const,
      debianPackage: 'apt',
      folder,
      env: { APT_CONFIG: unfinished },
    };
    await runBuildProgram({ ...update, signal, onLine }, this.settings);
    await rename(unfinished, this.confFile(place));
  }

  private async writeView(folder: string, view: AptView): Promise<void> {
    await mkdir(join(folder, 'lists', 'partial'), { recursive: true });
    await writeInto(folder, 'sources.list', `${view.sources.join('\n')}\n`);
    for (const { name, bytes } of view.keys) await writeInto(folder, join('keys', name), bytes);
  }

  private async machineHasSources(): Promise<boolean> {
    return (await hostRelease(this.settings))?.hasSources === true;
  }

  private folder(place: TestbedPlace): string {
    return testbedsFolder(place, 'null');
  }

  private confFile(place: TestbedPlace): string {
    return join(this.folder(place), 'apt.conf');
  }
}

function viewConf(folder: string): string {
  const settings = {
    'Dir::State::lists': join(folder, 'lists'),
    'Dir::Etc::sourcelist': join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::trustedparts': join(folder, 'keys'),
    'Dir::Cache::pkgcache': '',
    'Dir::Cache::srcpkgcache': '',
  };
  return Object.entries(settings)
    .map(([key, value]) => `${key} "${value}";\n`)
    .join('');
}
