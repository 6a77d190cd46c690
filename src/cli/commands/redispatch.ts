import { checked } from '../../application/input/checked.js';
import { RedispatchRequest } from '../../application/input/run-requests.js';
import { submit } from '../../application/submit.js';
import { BaseCommand } from '../base-command.js';
import { commonFlags } from '../flags.js';
import { withCollector } from '../with-collector.js';

export default class Redispatch extends BaseCommand {
  static override summary = 'Send every job that waits to the workers again: for a broker that has lost its queues';
  static override description =
    'What is unfinished stands in the log, so nothing is lost with a broker. Jobs that run now are left alone; those ' +
    'whose worker is lost are sent again when their lease runs out. Where the queues were not lost, a job may be ' +
    'delivered twice; it is run once.';
  static override examples = [
    { description: 'After the broker was set up anew', command: '<%= config.bin %> redispatch' },
  ];
  static override flags = { amqp: commonFlags.amqp, json: commonFlags.json };

  async run(): Promise<void> {
    const { flags } = await this.parse(Redispatch);
    const { config } = await this.settings(flags);
    const request = checked(RedispatchRequest, { type: 'redispatch' });
    const sent = await withCollector(config, flags.json, (transport) => submit<'redispatch'>(transport, request));
    if (flags.json) this.printJson(sent);
    else this.log('%s', `${sent.jobs} jobs sent again`);
  }
}
