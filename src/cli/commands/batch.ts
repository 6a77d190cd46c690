import { userInfo } from 'node:os';
import { Flags, type Interfaces } from '@oclif/core';
import { Batch } from '../../application/batch/batch.js';
import type { BatchObserver, BatchParts, BatchScope } from '../../application/batch/batch-parts.js';
import type { PlannedPackage } from '../../application/batch/deciding.js';
import type { Plan } from '../../application/batch/plan.js';
import { reasonText } from '../../domain/batch-decision.js';
import { packageName } from '../../domain/rules.js';
import { BaseCommand } from '../base-command.js';
import { explanation, packageJson, planJson, summary } from '../batch-output.js';
import { inBatchTurn, withBatchState } from '../compose/batch-service.js';
import { openTransport } from '../compose/request-transport.js';
import type { LoadedConfig } from '../config/load.js';
import { extraAptSources } from '../extra-apt-sources.js';
import { commonFlags } from '../flags.js';
import { follows } from '../follows.js';
import { safeLines } from '../output.js';
import { noProgress, startProgress, type Progress } from '../progress.js';
import { serviceSignals } from '../signals.js';

type BatchFlags = Interfaces.InferredFlags<typeof BatchCommand.flags & typeof BatchCommand.baseFlags>;

export default class BatchCommand extends BaseCommand {
  static override summary = 'Ask for the tests of packages that were uploaded, or of whose dependencies one was';
  static override description =
    'Looks at all packages of the seed list (without one: at all of the suite that have tests), and asks for the tests of ' +
    'those that were never tested, whose last run was a tmpfail or is older than a month, or of whose chain of ' +
    "dependencies a package has changed since. New packages come first, then the fastest. To be run on the collector's " +
    'host, now and then, by a timer. It may be interrupted: the next batch goes on from there.';
  static override examples = [
    { description: 'The configured suite', command: '<%= config.bin %> batch' },
    { description: 'What would be asked for, and why', command: '<%= config.bin %> batch --suite testing --dry-run' },
    { description: 'Why a package is not tested', command: '<%= config.bin %> batch --explain hello' },
    {
      description: 'Some packages, whether they need it or not',
      command: '<%= config.bin %> batch -f --only dpkg,apt',
    },
    { description: 'No more until further notice', command: '<%= config.bin %> batch --offline' },
  ];
  static override flags = {
    suite: commonFlags.suite,
    arch: commonFlags.arch,
    backend: commonFlags.backend,
    mirror: commonFlags.mirror,
    amqp: commonFlags.amqp,
    json: commonFlags.json,
    force: Flags.boolean({ char: 'f', summary: 'Also what needs no run.' }),
    only: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      delimiter: ',',
      helpValue: 'PKG,…',
      summary: 'No other packages than these.',
    }),
    limit: Flags.integer({ min: 0, helpValue: 'N', summary: 'At most so many jobs.' }),
    recommends: Flags.boolean({ summary: 'Recommended packages count as dependencies: always, or never.' }),
    'extra-apt-sources': Flags.string({
      char: 'e',
      multiple: true,
      multipleNonGreedy: true,
      delimiter: ',',
      helpValue: 'NAME,…',
      summary: 'Sources that extra_apt_sources_list.yaml names, seen by batch and by the tests.',
    }),
    'dry-run': Flags.boolean({ summary: 'Say what would be asked for, and ask for nothing.', exclusive: ['explain'] }),
    explain: Flags.string({ helpValue: 'PKG', summary: 'Say why a package would be run, or not.' }),
    'no-wait': Flags.boolean({ summary: 'Leave where another batch is running, rather than wait for it.' }),
    offline: Flags.boolean({ summary: 'From now on batch does nothing.', exclusive: ['online'] }),
    online: Flags.boolean({ summary: 'Batch works again.' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(BatchCommand);
    const loaded = await this.settings(flags);
    if (flags.offline || flags.online) return this.turn(loaded, flags.offline);
    const progress = flags.json || loaded.config.quiet ? noProgress : startProgress('Batch', process.stderr);
    const signals = serviceSignals(() => undefined);
    try {
      const scope = await scopeOf(loaded, flags);
      const wait = (): void => {
        progress.say('Waiting for another batch');
      };
      const onWait = flags['no-wait'] ? null : wait;
      const observer = observe(progress, (line) => {
        if (flags.debug) this.logToStderr('%s', safeLines(line));
      });
      await inBatchTurn(loaded, { signal: signals.stop, onWait }, async (parts) => {
        const batch = new Batch(parts, scope, observer);
        if (flags.explain !== undefined) this.explain(await batch.plan(signals.stop), parts, flags);
        else if (flags['dry-run']) this.wouldRequest(await batch.plan(signals.stop), scope, flags.json);
        else await this.request(batch, loaded, flags.json, signals.stop);
      });
    } finally {
      progress.stop();
      signals.dispose();
    }
  }

  private async turn(loaded: LoadedConfig, offline: boolean): Promise<void> {
    await withBatchState(loaded.config, (state) => {
      state.offline = offline;
    });
    if (!loaded.config.quiet) this.log(offline ? 'batch is offline' : 'batch is online');
  }

  private async request(batch: Batch, { config }: LoadedConfig, json: boolean, stop: AbortSignal): Promise<void> {
    const transport = await openTransport(config);
    try {
      const { runs, ...plan } = await batch.run(transport, stop);
      if (json) this.printJson(planJson(plan, runs));
      if (json || config.quiet) return;
      const reasons = new Map(plan.wanted.map((one) => [one.package, reasonOf(one)]));
      for (const { package: name, suite, arch, backend } of runs) {
        this.log('%s', `${name} ${suite}/${arch}/${backend} requested${said(reasons.get(name))}`);
      }
      this.log('%s', summary(plan, `${runs.length} requested`));
    } finally {
      await transport.close();
    }
  }

  private wouldRequest(plan: Plan, { suite, arch }: BatchScope, json: boolean): void {
    if (json) {
      this.printJson(planJson(plan, null));
      return;
    }
    for (const one of plan.wanted) {
      this.log('%s', `${one.package} ${suite}/${arch}/${one.backend} would be requested${said(reasonOf(one))}`);
    }
    this.log('%s', summary(plan, `${plan.wanted.length} would be requested`));
  }

  private explain({ wanted, skipped, unknown }: Plan, { state }: BatchParts, { explain, json }: BatchFlags): void {
    const [planned] = [...wanted, ...skipped];
    if (planned === undefined) {
      const why = unknown.length > 0 ? 'the archive has no such source package' : OUTSIDE;
      if (json) this.printJson({ package: explain, run: false, why });
      else this.log('%s', `${explain ?? ''} would not be run: ${why}`);
      return;
    }
    const chain = Array.from(planned.members, (number) => state.memberOf(number));
    if (json) this.printJson({ ...packageJson(planned), chain });
    else for (const line of explanation(planned, chain)) this.log('%s', safeLines(line));
  }
}

const OUTSIDE = 'it is not in the seed list, or, where there is none, its Testsuite names no autopkgtest';

async function scopeOf({ config, dir }: LoadedConfig, flags: BatchFlags): Promise<BatchScope> {
  const requestor = userInfo().username;
  const only = flags.explain === undefined ? flags.only : [flags.explain];
  const { suite, arch, backend } = config;
  return {
    ...{ suite, arch, backend, requestor },
    backendByDefault: flags.backend === undefined,
    extraAptSources: await extraAptSources(flags['extra-apt-sources'] ?? [], requestor, dir),
    recommends: flags.recommends,
    force: flags.force,
    only: only === undefined ? null : new Set(only.map((name) => follows('--only', name, packageName))),
    limit: flags.explain === undefined ? (flags.limit ?? null) : null,
  };
}

const DOING: Readonly<Record<Parameters<BatchObserver['step']>[0], string>> = {
  fetch: "Fetching the archive's indices",
  read: 'Reading them',
  decide: 'Deciding',
  enqueue: 'Asking for tests',
};

function observe(progress: Progress, line: (text: string) => void): BatchObserver {
  return {
    step: (name, done, total) => {
      progress.say(DOING[name]);
      if (done !== undefined) progress.update(done, total);
    },
    line,
  };
}

function reasonOf({ decision }: PlannedPackage): string | undefined {
  return decision.run ? reasonText(decision) : undefined;
}

/** A run of an earlier batch, which was interrupted, has its reason in the log only. */
function said(reason: string | undefined): string {
  return reason === undefined ? '' : `: ${safeLines(reason)}`;
}
