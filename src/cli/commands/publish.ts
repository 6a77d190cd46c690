import { userInfo } from 'node:os';
import { Flags } from '@oclif/core';
import { checked } from '../../application/input/checked.js';
import { RunsRequest } from '../../application/input/run-requests.js';
import { submit } from '../../application/submit.js';
import { BaseCommand } from '../base-command.js';
import { commonFlags } from '../flags.js';
import { parseRunIds, runIdsArg } from '../run-ids.js';
import { withCollector } from '../with-collector.js';

export default class Publish extends BaseCommand {
  static override summary = 'Make private runs public';
  static override description = 'What was published stays public: results, logs and artifacts.';
  static override examples = [{ description: 'A run', command: '<%= config.bin %> publish 42' }];
  static override strict = false;
  static override args = { run: { ...runIdsArg, required: true } };
  static override flags = {
    amqp: commonFlags.amqp,
    json: commonFlags.json,
    reason: Flags.string({ helpValue: 'TEXT', summary: 'Why; kept with the run.' }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Publish);
    const { config } = await this.settings(flags);
    const by = userInfo().username;
    const runIds = parseRunIds(argv as string[]);
    const request = checked(RunsRequest, { type: 'publish', by, reason: flags.reason ?? null, runIds });
    const decided = await withCollector(config, flags.json, (transport) => submit<'publish'>(transport, request));
    if (flags.json) this.printJson(decided);
    else
      for (const { runId, changed } of decided)
        this.log('%s', `${runId} ${changed ? 'published' : 'was public already'}`);
  }
}
