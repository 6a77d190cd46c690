import { Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { ensureState, statePaths } from '../config/state.js';
import { commonFlags } from '../flags.js';
import { noProgress, startProgress } from '../progress.js';
import { serviceSignals } from '../signals.js';
import { testbedFor } from '../compose/testbeds.js';

const SAYING = {
  built: 'built',
  fresh: 'is fresh (less than 12 h old; --force builds it again)',
  'not needed': 'needs no building',
} as const;

export default class Setup extends BaseCommand {
  static override summary = 'Build or refresh the testbed that tests run in';
  static override description =
    "Builds the testbed of a backend, suite and architecture from the configured mirror, or from the one that this host's " +
    'apt uses. One that is less than 12 hours old is left as it is. A failed build leaves the old testbed in place.';
  static override examples = [
    { description: 'The configured testbed', command: '<%= config.bin %> setup' },
    { description: 'An isolated one for trixie', command: '<%= config.bin %> setup --backend unshare --suite trixie' },
    { description: 'Build it again in any case', command: '<%= config.bin %> setup --force' },
  ];
  static override flags = {
    suite: commonFlags.suite,
    arch: commonFlags.arch,
    backend: commonFlags.backend,
    mirror: commonFlags.mirror,
    json: commonFlags.json,
    force: Flags.boolean({ char: 'f', summary: 'Build also if the testbed is fresh.' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Setup);
    const loaded = await this.settings(flags);
    const { config } = loaded;
    await ensureState(statePaths(config));
    const testbed = testbedFor(config.backend, loaded);
    const target = { suite: config.suite, arch: config.arch };
    const what = `${config.backend} testbed ${target.suite}/${target.arch}`;
    const silent = config.quiet || flags.json;
    const progress = silent ? noProgress : startProgress(`Building the ${what}`, process.stderr);
    const signals = serviceSignals(() => undefined);
    try {
      const outcome = await testbed.setup(target, {
        force: flags.force,
        signal: signals.stop,
        onLine: (line) => {
          if (flags.debug) this.logToStderr('%s', line);
        },
      });
      progress.stop();
      if (flags.json) this.printJson({ backend: config.backend, ...target, outcome });
      else if (!config.quiet) this.log('%s', `${what} ${SAYING[outcome]}`);
    } finally {
      progress.stop();
      signals.dispose();
    }
  }
}
