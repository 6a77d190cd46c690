import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { InvalidInputError } from '../../domain/errors.js';
import {
  MissingProgramError,
  type RunOptions,
  type SetupOptions,
  type Testbed,
  type TestbedTarget,
  type TestExit,
  TestbedMissingError,
  TestbedSetupError,
  type TestbedState,
  type TestRequest,
} from '../../domain/ports/testbed.js';
import { type Backend, type TestbedPlace, testbedName } from './backends.js';
import { isFresh } from './build/freshness.js';
import type { TestbedBuilder } from './build/testbed-builder.js';
import { autopkgtestCommand, type Copy } from './command-line.js';
import { writeKeys } from '../shared/apt/extra-sources.js';
import { isThere } from '../shared/files.js';
import { AptError } from '../shared/apt/apt-error.js';
import { aptConf, presentProxy } from '../shared/apt/apt-settings.js';
import { DIRECT, HTTP_PROXY, seenFromTestbed } from '../shared/apt/proxy.js';
import { cleanEnvironment } from '../shared/process/environment.js';
import { removeTree } from './process/remove-tree.js';
import { requirePrograms } from './process/required-programs.js';
import { type ProgramExit, runProgram } from '../shared/process/run-program.js';
import { Tail } from './process/tail.js';
import { checkRequest, checkTarget } from './request-rules.js';
import type { CompleteSettings } from './settings.js';

/** No package's name begins so: autopkgtest would take a file of a package's name for the package. */
const PROXY_FILE = '_proxy.conf';

/** Kept of what autopkgtest prints, for the case that it writes no log. */
const KEPT_OUTPUT_BYTES = 64 * 1024;

/** Real autopkgtest, on any of its virt servers. */
export class AutopkgtestTestbed implements Testbed {
  constructor(
    readonly backend: string,
    private readonly traits: Backend,
    private readonly builder: TestbedBuilder,
    private readonly settings: CompleteSettings,
  ) {}

  async ready(target: TestbedTarget): Promise<boolean> {
    checkTarget(target);
    return await this.builder.ready(this.place(target, null)).catch(asSetupError);
  }

  async state(target: TestbedTarget): Promise<TestbedState> {
    checkTarget(target);
    const place = this.place(target, null);
    const problem = await this.problem(place).catch(asSetupError);
    const builtAt = problem === null ? await this.builder.builtAt(place) : null;
    return { problem, builtAt, fresh: isFresh(builtAt) };
  }

  private async problem(place: TestbedPlace): Promise<string | null> {
    try {
      await requirePrograms(this.traits.programs, this.settings.path);
    } catch (error) {
      if (error instanceof MissingProgramError) return error.message;
      throw error;
    }
    return (await this.builder.ready(place)) ? null : `not built; to be built, it needs ${this.traits.needs}`;
  }

  async setup(target: TestbedTarget, options: SetupOptions): Promise<'built' | 'fresh' | 'not needed'> {
    checkTarget(target);
    return await this.builder.setup(this.place(target, null), options).catch(asSetupError);
  }

  async run(request: TestRequest, options: RunOptions): Promise<TestExit> {
    checkRequest(request);
    this.refuseLastingChanges(request);
    await requirePrograms(this.traits.programs, this.settings.path);
    const place = this.place(request, request.variant);
    if (!(await this.builder.ready(place))) {
      throw new TestbedMissingError(
        `the ${this.backend} testbed ${testbedName(place)} has not been built: debci setup`,
      );
    }
    const startedAt = new Date();
    const exit = await this.runIn(place, request, options);
    return { ...exit, startedAt, finishedAt: new Date() };
  }

  /** Runs autopkgtest in a folder of its own, where no file can pass for the package or an option's value. */
  private async runIn(place: TestbedPlace, request: TestRequest, options: RunOptions): Promise<ProgramExit> {
    const folder = await mkdtemp(join(this.settings.tmpDir, 'debci-run-'));
    try {
      await chmod(folder, 0o755);
      const output = new Tail(KEPT_OUTPUT_BYTES);
      const copies = await this.filesFor(request, folder);
      const exit = await runProgram({
        argv: this.command(place, request, options.outputDir, copies),
        debianPackage: 'autopkgtest',
        cwd: folder,
        env: { ...cleanEnvironment(this.settings.path, folder), ...(await this.builder.environment(place)) },
        signal: options.signal,
        timeoutMs: options.timeoutMs,
        graceMs: this.settings.graceMs,
        onOutput: (chunk) => {
          output.add(chunk);
        },
      });
      await keepOutput(output, join(options.outputDir, 'log'));
      return exit;
    } finally {
      await removeTree(folder);
    }
  }

  private command(
    place: TestbedPlace,
    request: TestRequest,
    outputDir: string,
    copies: readonly Copy[],
  ): [string, ...string[]] {
    const { traits: backend, settings } = this;
    const { autopkgtestArgs } = settings;
    const tag = randomBytes(4).toString('hex');
    return autopkgtestCommand({ request, backend, place, outputDir, copies, autopkgtestArgs, tag });
  }

  /** Writes what is to be copied into the testbed: keys of extra sources, and the proxy of now. */
  private async filesFor(request: TestRequest, folder: string): Promise<Copy[]> {
    const keys = await writeKeys(request.extraAptSources, folder);
    return [
      ...keys.map((name) => ({ name, to: `/etc/apt/trusted.gpg.d/${name}` })),
      ...(await this.writeProxy(folder)),
    ];
  }

  /** The testbed may have been built with a proxy that is gone, or before there was one. */
  private async writeProxy(folder: string): Promise<Copy[]> {
    const { loopback, unprotected } = this.traits;
    if (unprotected === true) return [];
    const proxy = await presentProxy(this.settings);
    const seen = proxy === null ? DIRECT : seenFromTestbed(proxy, loopback);
    if (seen === null || (proxy === null && loopback === null)) return [];
    await writeFile(
      join(folder, PROXY_FILE),
      aptConf([{ key: HTTP_PROXY, value: seen }], (file) => file),
    );
    return [{ name: PROXY_FILE, to: '/etc/apt/apt.conf.d/95debci-proxy' }];
  }

  /** Without protection, autopkgtest would give the machine a strange source or pin for good, for all later tests. */
  private refuseLastingChanges(request: TestRequest): void {
    if (this.traits.unprotected !== true) return;
    const allowed = `nothing with the backend ${this.backend}, which would change this machine's own apt for good`;
    const violations = [
      ...(request.pins.length > 0 ? [{ field: 'pins', value: request.pins, allowed }] : []),
      ...(request.extraAptSources.length > 0 ? [{ field: 'extraAptSources', value: '…', allowed }] : []),
    ];
    if (violations.length > 0) throw new InvalidInputError(violations);
  }

  private place({ suite, arch }: TestbedTarget, variant: string | null): TestbedPlace {
    return { suite, arch, variant, stateDir: this.settings.stateDir };
  }
}

/** autopkgtest writes its own log, unless it does not get as far as that. */
async function keepOutput(output: Tail, log: string): Promise<void> {
  if (!(await isThere(log)) && output.text() !== '') await writeFile(log, output.text());
}

/** What this machine's apt cannot do, in the port's words. */
function asSetupError(error: unknown): never {
  throw error instanceof AptError ? new TestbedSetupError(error.message, { cause: error }) : error;
}
