import { Args, Flags } from '@oclif/core';
import { packageName } from '../../domain/rules.js';
import { STATUSES } from '../../domain/verdict.js';
import type { StatusFilter } from '../../projections/status-filter.js';
import type { ReadModel } from '../../projections/read-model.js';
import type { PackageStatus, Target } from '../../projections/views.js';
import { asOfFlag } from '../as-of-flag.js';
import { BaseCommand } from '../base-command.js';
import { commonFlags } from '../flags.js';
import { follows } from '../follows.js';
import { dateTime, duration, painter, table } from '../output.js';
import { withReadModel } from '../read-model.js';

/** Statuses are read in parts of this size. */
const PART = 1000;

function matches({ suite, arch, run }: PackageStatus, filter: StatusFilter): boolean {
  return (
    (filter.suite === undefined || filter.suite === suite) &&
    (filter.arch === undefined || filter.arch === arch) &&
    (filter.status === undefined || filter.status === run?.status)
  );
}

interface Past {
  readonly asOf?: string;
}

function allStatuses(packages: ReadModel['packages'], filter: StatusFilter, past: Past): PackageStatus[] {
  const all: PackageStatus[] = [];
  for (let after: Target | null | undefined; after !== null;) {
    const part = packages.statuses(filter, { limit: PART, ...past, ...(after && { after }) });
    all.push(...part.items);
    after = part.next;
  }
  return all;
}

export default class StatusCommand extends BaseCommand {
  static override summary = 'Show how packages stand: the newest result of each, per suite and architecture';
  static override description =
    'A status is the newest result that is neither of a private run nor of one with pinned packages. ' +
    "Reads the collector's data folder on this host.";
  static override examples = [
    { description: 'All suites and architectures of a package', command: '<%= config.bin %> status hello' },
    { description: 'What fails in testing', command: '<%= config.bin %> status --suite testing --status fail' },
    { description: 'How it stood on a day', command: '<%= config.bin %> status hello --as-of 2026-05-01' },
    { description: 'For a script', command: "<%= config.bin %> status --json | jq -r '.[].package'" },
  ];
  static override args = { package: Args.string({ description: 'Source package (default: all).' }) };
  static override flags = {
    suite: commonFlags.suite,
    arch: commonFlags.arch,
    json: commonFlags.json,
    'as-of': asOfFlag(),
    status: Flags.option({ options: STATUSES, summary: 'Only packages with this status.' })(),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(StatusCommand);
    const { config } = await this.settings(flags);
    const filter = {
      ...(flags.suite !== undefined && { suite: config.suite }),
      ...(flags.arch !== undefined && { arch: config.arch }),
      ...(flags.status !== undefined && { status: flags.status }),
    };
    const past = { ...(flags['as-of'] !== undefined && { asOf: flags['as-of'] }) };
    const name = args.package === undefined ? null : follows('package', args.package, packageName);
    const statuses = withReadModel(config, ({ packages }) =>
      name === null
        ? allStatuses(packages, filter, past)
        : packages.matrix(name, past.asOf).filter((status) => matches(status, filter)),
    );
    if (flags.json) this.printJson(statuses);
    else this.printTable(statuses);
  }

  private printTable(statuses: readonly PackageStatus[]): void {
    const paint = painter(process.stdout, process.env);
    const rows = statuses.map(({ package: name, suite, arch, run, previousStatus }) => [
      name,
      `${suite}/${arch}`,
      run?.status ?? 'no result',
      run?.version ?? '',
      run?.endedAt ? dateTime(run.endedAt) : '',
      run?.durationSeconds == null ? '' : duration(run.durationSeconds),
      previousStatus !== null && previousStatus !== run?.status ? `was ${previousStatus}` : '',
    ]);
    if (rows.length === 0) this.log('no results');
    else
      process.stdout.write(table(['package', 'suite', 'status', 'version', 'date (UTC)', 'duration', ''], rows, paint));
  }
}
