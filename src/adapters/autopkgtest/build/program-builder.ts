import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { type SetupOptions, TestbedSetupError } from '../../../domain/ports/testbed.js';
import { aptView } from '../../shared/apt/apt-view.js';
import { isThere, modifiedAt, syncToDisk } from '../../shared/files.js';
import { cleanEnvironment } from '../../shared/process/environment.js';
import { type Command, type Recipe, testbedName, type TestbedPlace, testbedsFolder } from '../backends.js';
import { removeTree } from '../process/remove-tree.js';
import { type Programs, requirePrograms } from '../process/required-programs.js';
import type { CompleteSettings } from '../settings.js';
import { builderEnvironment, fillBuildFolder } from './build-folder.js';
import { openBuildLog } from './build-log.js';
import { runBuildProgram } from './build-program.js';
import { isFresh } from './freshness.js';
import { withLock } from './lock.js';
import { ensureSubordinateIds } from './subordinate-ids.js';
import type { TestbedBuilder } from './testbed-builder.js';

/** Of an empty file, as old as the testbed that a tool keeps. */
const BUILT = '.built';
const NOTHING_MADE = 'the builder ended well, but made no testbed';

/**
 * Builds testbeds with Debian's own programs, as a backend's recipe says. A build that fails leaves the old testbed in
 * place: a file is made beside it and moved there when it is whole; a tool that keeps testbeds swaps them itself.
 */
export class ProgramBuilder implements TestbedBuilder {
  /** @param runPrograms what runs need; told together with what the build does, where something is missing */
  constructor(
    private readonly backend: string,
    private readonly recipe: Recipe,
    private readonly runPrograms: Programs,
    private readonly settings: CompleteSettings,
  ) {}

  async ready(place: TestbedPlace): Promise<boolean> {
    const { ending, present } = this.recipe;
    const hasFile = ending === null || (await isThere(this.file(place)));
    return hasFile && (present === undefined || (await this.succeeds(present(place))));
  }

  builtAt(place: TestbedPlace): Promise<Date | null> {
    return modifiedAt(this.file(place));
  }

  async setup(place: TestbedPlace, options: SetupOptions): Promise<'built' | 'fresh'> {
    const askedAt = Date.now();
    await requirePrograms({ ...this.runPrograms, ...this.recipe.programs }, this.settings.path);
    const file = this.file(place);
    await mkdir(dirname(file), { recursive: true });
    return await withLock(`${file}.lock`, options.signal, this.settings, async () => {
      const fresh = isFresh(await this.builtAt(place), options.force, askedAt);
      if (fresh && (await this.ready(place))) return 'fresh';
      await this.build(place, options);
      return 'built';
    });
  }

  environment(): Promise<Record<string, string>> {
    return Promise.resolve({});
  }

  /** Under the lock. */
  private async build(place: TestbedPlace, options: SetupOptions): Promise<void> {
    const { recipe } = this;
    // What was there before is not ours to take away.
    const undo = recipe.undo === undefined || (await this.ready(place)) ? null : recipe.undo(place);
    const folder = await mkdtemp(join(this.settings.tmpDir, 'debci-build-'));
    const unfinished = join(testbedsFolder(place, this.backend), `${testbedName(place)}.new${recipe.ending ?? BUILT}`);
    const log = await openBuildLog(join(testbedsFolder(place, this.backend), `${testbedName(place)}.log`));
    const onLine = (line: string): void => {
      log.write(line);
      options.onLine(line);
    };
    try {
      await this.runAll(place, folder, unfinished, { ...options, onLine });
      await this.putInPlace(place, unfinished);
    } catch (error) {
      log.write(String(error));
      if (undo !== null) await this.succeeds(undo);
      throw asSetupError(error);
    } finally {
      await log.close();
      await rm(unfinished, { force: true });
      await removeTree(folder);
    }
  }

  private async runAll(place: TestbedPlace, folder: string, target: string, options: SetupOptions): Promise<void> {
    const { signal, onLine } = options;
    const run = (argv: Command, debianPackage: string, env = {}): Promise<void> =>
      runBuildProgram({ argv, debianPackage, folder, env, signal, onLine }, this.settings);
    if ('mmdebstrap' in this.recipe.programs) await ensureSubordinateIds(onLine, run);
    const view = await aptView(place.suite, this.settings);
    const schroot = { name: `debci-${testbedName(place)}`, file: this.file(place) };
    await fillBuildFolder(folder, { view, schroot });
    const env = builderEnvironment(folder, place.suite, view.mirror, view.proxy);
    const input = { target, sources: view.sources, mirror: view.mirror, env };
    for (const argv of this.recipe.commands(place, input)) {
      await run(argv, this.recipe.programs[argv[0]] ?? argv[0], env);
    }
  }

  /** A builder may end well and leave nothing. */
  private async putInPlace(place: TestbedPlace, unfinished: string): Promise<void> {
    if (this.recipe.ending === null) await writeFile(unfinished, '');
    if (!(await isThere(unfinished))) throw new TestbedSetupError(NOTHING_MADE);
    await syncToDisk(unfinished);
    await rename(unfinished, this.file(place));
    await syncToDisk(dirname(unfinished));
    if (!(await this.ready(place))) throw new TestbedSetupError(NOTHING_MADE);
  }

  private async succeeds([program, ...args]: Command): Promise<boolean> {
    const env = cleanEnvironment(this.settings.path, this.settings.tmpDir);
    return await promisify(execFile)(program, args, { env }).then(
      () => true,
      () => false,
    );
  }

  /** The testbed, or the mark of its age. */
  private file(place: TestbedPlace): string {
    return join(testbedsFolder(place, this.backend), testbedName(place) + (this.recipe.ending ?? BUILT));
  }
}

function asSetupError(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const isSystemError = typeof (error as NodeJS.ErrnoException).syscall === 'string';
  return isSystemError ? new TestbedSetupError(error.message, { cause: error }) : error;
}
