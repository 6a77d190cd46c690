import { userInfo } from 'node:os';
import { checked } from '../../application/input/checked.js';
import { RetryRequest } from '../../application/input/run-requests.js';
import { submit } from '../../application/submit.js';
import { BaseCommand } from '../base-command.js';
import { commonFlags } from '../flags.js';
import { parseRunIds, runIdsArg } from '../run-ids.js';
import { withCollector } from '../with-collector.js';

export default class Retry extends BaseCommand {
  static override summary = 'Run jobs again, each as a new job with the same properties';
  static override description =
    'A retry names the run that it repeats. Nothing is enqueued if one of the runs is not known.';
  static override examples = [{ description: 'Two jobs', command: '<%= config.bin %> retry 41 42' }];
  static override strict = false;
  static override args = { run: { ...runIdsArg, required: true } };
  static override flags = { amqp: commonFlags.amqp, json: commonFlags.json };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Retry);
    const { config } = await this.settings(flags);
    const runIds = parseRunIds(argv as string[]);
    const request = checked(RetryRequest, { type: 'retry', requestor: userInfo().username, runIds });
    const runs = await withCollector(config, flags.json, (transport) => submit<'retry'>(transport, request));
    if (flags.json) this.printJson(runs);
    else
      for (const { runId, package: name, suite, arch, backend } of runs)
        this.log('%s', `${name} ${suite}/${arch}/${backend} requested as run ${runId}`);
  }
}
