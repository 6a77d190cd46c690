import { Flags, type Interfaces } from '@oclif/core';
import { DebciError } from '../../domain/errors.js';
import type { TestbedState } from '../../domain/ports/testbed.js';
import { BaseCommand } from '../base-command.js';
import { setupTargets, SeveralSetupsError, testbedText, type SetupTarget } from '../compose/setup-targets.js';
import { testbedFor } from '../compose/testbeds.js';
import type { LoadedConfig } from '../config/load.js';
import { ensureState, statePaths } from '../config/state.js';
import { commonFlags } from '../flags.js';
import { duration, safeLines } from '../output.js';
import { noProgress, startProgress } from '../progress.js';
import { serviceSignals } from '../signals.js';

const SAYING = {
  built: 'built',
  fresh: 'is fresh (less than 12 h old; --force builds it again)',
  'not needed': 'needs no building',
} as const;

type Outcome = keyof typeof SAYING;
type SetupFlags = Interfaces.InferredFlags<typeof Setup.flags & typeof BaseCommand.baseFlags>;

interface Done extends SetupTarget {
  /** Null: it failed. */
  readonly outcome: Outcome | null;
  readonly error: DebciError | null;
}

export default class Setup extends BaseCommand {
  static override summary = 'Build or refresh the testbeds that tests run in';
  static override description =
    'Builds the testbeds of all configured backends, suites and architectures (debci_backend_list, debci_suite_list, ' +
    "debci_arch_list), or of those that flags name, with Debian's own builders, from the configured mirror, or from " +
    "the one that this host's apt uses. One that is less than 12 hours old is left as it is. A failed build leaves the " +
    "old testbed in place; the others are built all the same. The last builds' logs are kept beside the testbeds.";
  static override examples = [
    { description: 'The configured testbeds', command: '<%= config.bin %> setup' },
    { description: 'An isolated one for trixie', command: '<%= config.bin %> setup --backend unshare --suite trixie' },
    { description: 'Build it again in any case', command: '<%= config.bin %> setup --force' },
    { description: 'Could tests be run here, and in how old testbeds?', command: '<%= config.bin %> setup --check' },
  ];
  static override flags = {
    suite: commonFlags.suite,
    arch: commonFlags.arch,
    backend: commonFlags.backend,
    mirror: commonFlags.mirror,
    json: commonFlags.json,
    force: Flags.boolean({ char: 'f', summary: 'Build also what is fresh.' }),
    check: Flags.boolean({
      summary: 'Build nothing; say what there is. The exit code is 1 where tests could not be run.',
      exclusive: ['force'],
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Setup);
    const loaded = await this.settings(flags);
    const targets = setupTargets(loaded.config, flags);
    if (flags.check) return this.check(targets, loaded, flags.json);
    await ensureState(statePaths(loaded.config));
    const signals = serviceSignals(() => undefined);
    const all: Done[] = [];
    try {
      for (const target of targets) {
        if (signals.stop.aborted) break;
        const done = await this.build(target, loaded, flags, signals.stop);
        all.push(done);
        if (done.outcome !== null && !flags.json && !loaded.config.quiet) {
          this.log('%s', `${testbedText(done)} ${SAYING[done.outcome]}`);
        }
      }
    } finally {
      signals.dispose();
    }
    if (flags.json) this.printJson(all.map(({ error, ...rest }) => ({ ...rest, error: error?.message ?? null })));
    throwFailures(all);
  }

  private async build(
    target: SetupTarget,
    loaded: LoadedConfig,
    flags: SetupFlags,
    signal: AbortSignal,
  ): Promise<Done> {
    const silent = loaded.config.quiet || flags.json;
    const progress = silent ? noProgress : startProgress(`Building the ${testbedText(target)}`, process.stderr);
    const onLine = (line: string): void => {
      if (flags.debug) this.logToStderr('%s', safeLines(line));
    };
    try {
      const testbed = testbedFor(target.backend, loaded);
      return { ...target, outcome: await testbed.setup(target, { force: flags.force, signal, onLine }), error: null };
    } catch (error) {
      if (!(error instanceof DebciError)) throw error;
      return { ...target, outcome: null, error };
    } finally {
      progress.stop();
    }
  }

  private async check(targets: readonly SetupTarget[], loaded: LoadedConfig, json: boolean): Promise<void> {
    const all = await Promise.all(
      targets.map(async (target) => ({ ...target, ...(await testbedFor(target.backend, loaded).state(target)) })),
    );
    if (json) this.printJson(all);
    else for (const one of all) this.log('%s', `${testbedText(one)} ${stateText(one)}`);
    if (all.some(({ problem }) => problem !== null)) process.exitCode = 1;
  }
}

function stateText({ problem, builtAt, fresh }: TestbedState): string {
  if (problem !== null) return `cannot be used: ${problem}`;
  if (builtAt === null) return 'is ready';
  const age = duration((Date.now() - builtAt.getTime()) / 1000);
  return `is ready, built ${age} ago${fresh ? '' : ' (due for a new build)'}`;
}

/** A single testbed's error is told as it is. */
function throwFailures(all: readonly Done[]): void {
  const failed = all.flatMap((done) => (done.error === null ? [] : [{ done, error: done.error }]));
  const [first] = failed;
  if (first === undefined) return;
  if (all.length === 1) throw first.error;
  const told = failed.map(({ done, error }) => `${testbedText(done)}: ${error.message}`);
  throw new SeveralSetupsError(`${failed.length} of ${all.length} testbeds could not be built\n${told.join('\n')}`);
}
