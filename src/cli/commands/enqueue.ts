import { userInfo } from 'node:os';
import { Args, Flags, type Interfaces } from '@oclif/core';
import { checked } from '../../application/input/checked.js';
import { EnqueueRequest } from '../../application/input/enqueue-request.js';
import { submit } from '../../application/submit.js';
import { InvalidInputError, type Violation } from '../../domain/errors.js';
import { parsePin, type Pin } from '../../domain/job.js';
import { BaseCommand } from '../base-command.js';
import type { Config } from '../config/config.js';
import { extraAptSources } from '../extra-apt-sources.js';
import { commonFlags } from '../flags.js';
import { withCollector } from '../with-collector.js';

function pinOf(text: string): Pin {
  const pin = parsePin(text);
  if (pin !== null) return pin;
  throw new InvalidInputError([{ field: 'pin-packages', value: text, allowed: 'SUITE=PACKAGE[,src:PACKAGE]…' }]);
}

/** A violation names `jobs[3].suite`, the user gave `--suite`, once for all jobs. */
function inWordsOfFlags<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    const byText = new Map<string, Violation>();
    for (const violation of error.violations) {
      const field = violation.field.replace(/^jobs\[\d+\]\./, '');
      byText.set(`${field} ${String(violation.value)}`, { ...violation, field });
    }
    throw new InvalidInputError([...byText.values()]);
  }
}

type EnqueueFlags = Interfaces.InferredFlags<typeof Enqueue.flags & typeof BaseCommand.baseFlags>;

export default class Enqueue extends BaseCommand {
  static override summary = 'Ask for the tests of packages to be run';
  static override description =
    'Sends the jobs to the collector, over the AMQP server or to the local instance (debci up), and prints a line for ' +
    'each when the collector has written them down. Everything is checked first: if one package is not allowed, ' +
    'none is enqueued.';
  static override examples = [
    { description: 'Test a package', command: '<%= config.bin %> enqueue ruby-defaults' },
    {
      description: 'In another suite, before others, saying why',
      command: '<%= config.bin %> enqueue --suite testing --priority 8 --trigger glibc/2.42-1 dpkg apt',
    },
    {
      description: 'With the glibc of unstable',
      command: '<%= config.bin %> enqueue --suite testing --pin-packages unstable=src:glibc,libc6 dpkg',
    },
    { description: 'The run ids, for a script', command: "<%= config.bin %> enqueue --json hello | jq '.[].runId'" },
  ];
  static override strict = false;
  static override args = {
    package: Args.string({ description: 'Source packages to test.', required: true }),
  };
  static override flags = {
    suite: commonFlags.suite,
    arch: commonFlags.arch,
    backend: commonFlags.backend,
    amqp: commonFlags.amqp,
    json: commonFlags.json,
    trigger: Flags.string({ char: 't', helpValue: 'TEXT', summary: 'Why the test is run, such as glibc/2.42-1.' }),
    'pin-packages': Flags.string({
      char: 'p',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'SUITE=PKG,…',
      summary: 'Take packages from another suite: binary packages, or src: and a source package.',
    }),
    'extra-apt-sources': Flags.string({
      char: 'e',
      multiple: true,
      multipleNonGreedy: true,
      delimiter: ',',
      helpValue: 'NAME,…',
      summary: 'Sources that extra_apt_sources_list.yaml names.',
    }),
    requestor: Flags.string({ char: 'r', helpValue: 'NAME', summary: 'Who asks (default: your user name).' }),
    priority: Flags.integer({ char: 'P', helpValue: '0-10', summary: 'The highest is run first.', default: 5 }),
    autopkgtest: Flags.string({ char: 'A', helpValue: 'VARIANT', summary: 'Variant of the testbed.' }),
    private: Flags.boolean({ summary: 'Seen by its requestor only, until it is published.' }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Enqueue);
    const { config } = await this.settings(flags);
    const request = await this.request(argv as string[], flags, config);
    const runs = await withCollector(config, flags.json, (transport) => submit<'enqueue'>(transport, request));
    if (flags.json) this.printJson(runs);
    else if (!config.quiet) {
      for (const { package: name, suite, arch, backend } of runs) {
        this.log('%s', `${name} ${suite}/${arch}/${backend} requested`);
      }
    }
  }

  private async request(
    packages: readonly string[],
    flags: EnqueueFlags,
    { suite, arch, backend }: Config,
  ): Promise<EnqueueRequest> {
    const requestor = flags.requestor ?? userInfo().username;
    const common = {
      suite,
      arch,
      backend,
      backendByDefault: flags.backend === undefined,
      trigger: flags.trigger ?? null,
      variant: flags.autopkgtest ?? null,
      pins: (flags['pin-packages'] ?? []).map(pinOf),
      extraAptSources: await extraAptSources(flags['extra-apt-sources'] ?? [], requestor, flags.config),
      priority: flags.priority,
      private: flags.private,
    };
    return inWordsOfFlags(() =>
      checked(EnqueueRequest, {
        type: 'enqueue',
        requestor,
        origin: { kind: 'cli' },
        jobs: packages.map((name) => ({ package: name, ...common })),
      }),
    );
  }
}
