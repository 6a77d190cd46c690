import { Args } from '@oclif/core';
import { copyLog } from '../../../application/log/copy.js';
import { BaseCommand } from '../../base-command.js';
import { commonFlags } from '../../flags.js';
import { STORE_URL, storeUrl, watched, withLog, withLogToWrite } from '../../log-work.js';

export default class LogCopy extends BaseCommand {
  static override summary = 'Copy the log into another store: from a file to a server, or back';
  static override description =
    'Ids, order, times and revisions stay. The other log must be empty, or hold the beginning of this one: so a copy that ' +
    'was broken off goes on where it was, and one of a log that grew takes the rest. In the end both are read, and their ' +
    'numbers and digests compared. Positions are the other store’s own; docs/storage.md tells what that means for a move.';
  static override examples = [
    {
      description: 'To a server',
      command: "<%= config.bin %> log copy configured 'esdb://db.example.org:2113?tls=true'",
    },
    {
      description: 'Between two files',
      command: '<%= config.bin %> log copy sqlite:///srv/a.sqlite sqlite:///srv/b.sqlite',
    },
  ];
  static override args = {
    from: Args.string({ description: STORE_URL, required: true }),
    to: Args.string({ description: 'The same, of the log to write.', required: true }),
  };
  static override flags = { json: commonFlags.json };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(LogCopy);
    const { config } = await this.settings(flags);
    const from = storeUrl('from', args.from, config);
    const to = storeUrl('to', args.to, config);
    const totals = await withLog(from, (source) =>
      withLogToWrite(to, config, (target) =>
        watched('Copying the log', flags.json || config.quiet, (work) => copyLog(source, target, work)),
      ),
    );
    if (flags.json) this.printJson(totals);
    else this.log('%s', `${totals.events} events are in both logs, SHA-256 ${totals.sha256}`);
  }
}
