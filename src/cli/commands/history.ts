import { userInfo } from 'node:os';
import { Args, Flags } from '@oclif/core';
import { formatPin } from '../../domain/job.js';
import { packageName } from '../../domain/rules.js';
import type { RunSummary } from '../../projections/views.js';
import { asOfFlag } from '../as-of-flag.js';
import { BaseCommand } from '../base-command.js';
import { commonFlags } from '../flags.js';
import { follows } from '../follows.js';
import { dateTime, duration, painter, safeLines, table } from '../output.js';
import { withReadModel } from '../read-model.js';

function row(run: RunSummary): string[] {
  const why = [run.trigger ?? '', ...run.pins.map(formatPin)].filter((text) => text !== '').join(' ');
  return [
    String(run.runId),
    run.endedAt === null ? '' : dateTime(run.endedAt),
    run.status ?? run.state,
    run.version ?? '',
    run.durationSeconds === null ? '' : duration(run.durationSeconds),
    run.requestor ?? '',
    safeLines(why),
  ];
}

export default class History extends BaseCommand {
  static override summary =
    'Show the runs of a package in a suite and architecture: open ones first, then newest first';
  static override description =
    'Private runs are shown to the user who requested them. ' + "Reads the collector's data folder on this host.";
  static override examples = [
    { description: 'In the configured suite and architecture', command: '<%= config.bin %> history hello' },
    { description: 'Elsewhere', command: '<%= config.bin %> history --suite testing --arch arm64 hello' },
    { description: 'The runs that had ended by a day', command: '<%= config.bin %> history hello --as-of 2026-05-01' },
    {
      description: 'The log of the newest run',
      command: '<%= config.bin %> log "$(debci history --json hello | jq \'.[0].runId\')"',
    },
  ];
  static override args = { package: Args.string({ description: 'Source package.', required: true }) };
  static override flags = {
    suite: commonFlags.suite,
    arch: commonFlags.arch,
    json: commonFlags.json,
    'as-of': asOfFlag(),
    limit: Flags.integer({
      char: 'n',
      helpValue: 'N',
      summary: 'How many runs, at most.',
      default: 20,
      min: 1,
      max: 1000,
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(History);
    const { config } = await this.settings(flags);
    const target = { package: follows('package', args.package, packageName), suite: config.suite, arch: config.arch };
    const viewer = userInfo().username;
    const runs = withReadModel(config, ({ runs: queries }) => {
      const { limit, 'as-of': asOf } = flags;
      if (asOf !== undefined) return queries.history(target, { viewer, limit, asOf }).items;
      const open = queries.queue({ ...target, viewer, limit }).items;
      return [...open, ...queries.history(target, { viewer, limit }).items].slice(0, limit);
    });
    if (flags.json) {
      this.printJson(runs);
      return;
    }
    if (runs.length === 0) this.log('%s', `no runs of ${target.package} in ${target.suite}/${target.arch}`);
    else process.stdout.write(this.asTable(runs));
  }

  private asTable(runs: readonly RunSummary[]): string {
    const header = ['run', 'date (UTC)', 'status', 'version', 'duration', 'requestor', 'trigger, pins'];
    return table(header, runs.map(row), painter(process.stdout, process.env));
  }
}
