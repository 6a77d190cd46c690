import { createWriteStream } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';

import { type SetupOptions, TestbedSetupError } from '../../../domain/ports/testbed.js';
import { BACKENDS, type TestbedPlace, unshareTarball } from '../backends.js';
import { isThere, syncToDisk } from '../../shared/files.js';
import { removeTree } from '../process/remove-tree.js';
import { requirePrograms } from '../process/required-programs.js';
import type { CompleteSettings } from '../settings.js';
import { writeAptTree } from './apt-tree.js';
import { aptView } from '../../shared/apt/apt-view.js';
import { runBuildProgram } from './build-program.js';
import { isFresh } from './freshness.js';
import { withLock } from './lock.js';
import { mmdebstrapCommand, OUTSIDE_TREE, TESTBED_TREE } from './mmdebstrap.js';
import { ensureSubordinateIds } from './subordinate-ids.js';
import type { TestbedBuilder } from './testbed-builder.js';

const ENDING = '.tar.zst';

/** Builds the tarballs that autopkgtest-virt-unshare unpacks, with mmdebstrap. */
export class UnshareBuilder implements TestbedBuilder {
  constructor(private readonly settings: CompleteSettings) {}

  ready(place: TestbedPlace): Promise<boolean> {
    return isThere(unshareTarball(place));
  }

  async setup(place: TestbedPlace, options: SetupOptions): Promise<'built' | 'fresh'> {
    const askedAt = Date.now();
    await requirePrograms(BACKENDS.unshare?.programs ?? {}, this.settings.path);
    const tarball = unshareTarball(place);
    await mkdir(dirname(tarball), { recursive: true });
    return await withLock(`${tarball}.lock`, options.signal, this.settings, async () => {
      if (await isFresh(tarball, options.force, askedAt)) return 'fresh';
      await this.build(place, tarball, options);
      return 'built';
    });
  }

  environment(): Promise<Record<string, string>> {
    return Promise.resolve({});
  }

  /** Under the lock. The new tarball takes the old one's place only when it is whole. */
  private async build(place: TestbedPlace, tarball: string, options: SetupOptions): Promise<void> {
    const folder = await mkdtemp(join(this.settings.tmpDir, 'debci-build-'));
    const unfinished = tarball.replace(ENDING, `.new${ENDING}`);
    const log = createWriteStream(tarball.replace(ENDING, '.log'));
    // A full disk ends the build itself; the log need not.
    log.on('error', () => undefined);
    const onLine = (line: string): void => {
      log.write(`${line}\n`);
      options.onLine(line);
    };
    try {
      // apt's unprivileged user reads there.
      await chmod(folder, 0o755);
      await this.fill(place, folder, unfinished, { ...options, onLine });
      await putInPlace(unfinished, tarball);
    } catch (error) {
      log.write(`${String(error)}\n`);
      throw asSetupError(error);
    } finally {
      await finished(log.end()).catch(() => undefined);
      await rm(unfinished, { force: true });
      await removeTree(folder);
    }
  }

  private async fill(place: TestbedPlace, folder: string, target: string, options: SetupOptions): Promise<void> {
    const { signal, onLine } = options;
    const run = (argv: readonly [string, ...string[]], debianPackage: string): Promise<void> =>
      runBuildProgram({ argv, debianPackage, folder, signal, onLine }, this.settings);
    await ensureSubordinateIds(onLine, run);
    const view = await aptView(place.suite, this.settings);
    await writeAptTree(join(folder, OUTSIDE_TREE), view, (file) => file);
    await writeAptTree(join(folder, TESTBED_TREE), view, (_, inside) => inside);
    await run(mmdebstrapCommand(place, view.sources, target), 'mmdebstrap');
  }
}

async function putInPlace(unfinished: string, tarball: string): Promise<void> {
  await syncToDisk(unfinished);
  await rename(unfinished, tarball);
  await syncToDisk(dirname(tarball));
}

function asSetupError(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const isSystemError = typeof (error as NodeJS.ErrnoException).syscall === 'string';
  return isSystemError ? new TestbedSetupError(error.message, { cause: error }) : error;
}
