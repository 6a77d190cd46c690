import { userInfo } from 'node:os';
import { Flags, type Interfaces } from '@oclif/core';
import { checked } from '../../application/input/checked.js';
import { RunsRequest } from '../../application/input/run-requests.js';
import { submit } from '../../application/submit.js';
import { InvalidInputError } from '../../domain/errors.js';
import { packageName } from '../../domain/rules.js';
import type { ReadModel } from '../../projections/read-model.js';
import type { QueueCursor, RunSummary, Target } from '../../projections/views.js';
import { ask } from '../ask.js';
import { BaseCommand } from '../base-command.js';
import type { Config } from '../config/config.js';
import { commonFlags } from '../flags.js';
import { follows } from '../follows.js';
import { withReadModel } from '../read-model.js';
import { parseRunIds, runIdsArg } from '../run-ids.js';
import { withCollector } from '../with-collector.js';

const SHOWN = 10;
const PART = 500;

type Filter = Partial<Target> & { readonly state?: 'pending' | 'running' };

function openRuns(runs: ReadModel['runs'], filter: Filter): RunSummary[] {
  const viewer = userInfo().username;
  const all: RunSummary[] = [];
  for (let after: QueueCursor | null | undefined; after !== null;) {
    const part = runs.queue({ ...filter, viewer, limit: PART, ...(after && { after }) });
    all.push(...part.items);
    after = part.next;
  }
  return all;
}

function describe(runs: readonly RunSummary[]): string {
  const lines = runs
    .slice(0, SHOWN)
    .map((run) => `  ${run.runId}  ${run.package} ${run.suite}/${run.arch} ${run.state}`);
  const more = runs.length > SHOWN ? [`  … and ${runs.length - SHOWN} more`] : [];
  return [...lines, ...more].join('\n');
}

function filterOf(flags: CancelFlags, { suite, arch }: Config): Filter {
  return {
    ...(flags.package !== undefined && { package: follows('package', flags.package, packageName) }),
    ...(flags.suite !== undefined && { suite }),
    ...(flags.arch !== undefined && { arch }),
    ...(flags.state !== undefined && { state: flags.state }),
  };
}

type CancelFlags = Interfaces.InferredFlags<typeof Cancel.flags & typeof BaseCommand.baseFlags>;

export default class Cancel extends BaseCommand {
  static override summary = 'Call off jobs that have not ended';
  static override description =
    'By run id, or all open ones that match the filters. A filter shows what it found and asks before it acts. ' +
    'Jobs that wait never count; what a cancelled running job still delivers is ignored. ' +
    "Filters read the collector's data folder on this host.";
  static override examples = [
    { description: 'Two jobs', command: '<%= config.bin %> cancel 41 42' },
    {
      description: 'All that wait for arm64, without asking',
      command: '<%= config.bin %> cancel --arch arm64 --state pending --yes',
    },
  ];
  static override strict = false;
  static override args = { run: runIdsArg };
  static override flags = {
    suite: commonFlags.suite,
    arch: commonFlags.arch,
    amqp: commonFlags.amqp,
    json: commonFlags.json,
    package: Flags.string({ helpValue: 'NAME', summary: 'Only jobs of this package.' }),
    state: Flags.option({ options: ['pending', 'running'] as const, summary: 'Only jobs that wait, or that run.' })(),
    reason: Flags.string({ helpValue: 'TEXT', summary: 'Why; kept with the job.' }),
    yes: Flags.boolean({ char: 'y', summary: 'Do not ask.' }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Cancel);
    const { config } = await this.settings(flags);
    const runIds = await this.chosen(parseRunIds(argv as string[]), flags, config);
    if (runIds.length === 0) {
      this.log('nothing was cancelled');
      return;
    }
    const by = userInfo().username;
    const request = checked(RunsRequest, { type: 'cancel', by, reason: flags.reason ?? null, runIds });
    const decided = await withCollector(config, flags.json, (transport) => submit<'cancel'>(transport, request));
    if (flags.json) this.printJson(decided);
    else
      for (const { runId, changed } of decided)
        this.log('%s', `${runId} ${changed ? 'cancelled' : 'had ended already'}`);
  }

  /** The runs that were named; or those that the filters find, if that is confirmed. */
  private async chosen(named: number[], flags: CancelFlags, config: Config): Promise<number[]> {
    const filter = filterOf(flags, config);
    const filtered = Object.keys(filter).length > 0;
    if (named.length > 0 === filtered) {
      const given = [...named, ...Object.values(filter)].join(' ');
      throw new InvalidInputError([{ field: 'jobs', value: given, allowed: 'run ids, or filters, and not both' }]);
    }
    if (!filtered) return named;
    const found = withReadModel(config, ({ runs }) => openRuns(runs, filter));
    if (found.length > 0 && !flags.yes) {
      this.logToStderr('%s', describe(found));
      if (!(await ask(`Cancel ${found.length} jobs?`))) return [];
    }
    return found.map((run) => run.runId);
  }
}
