import { Args } from '@oclif/core';
import { saveSnapshot } from '../../projections/snapshot.js';
import { BaseCommand } from '../base-command.js';
import { statePaths } from '../config/state.js';
import { commonFlags } from '../flags.js';
import { watched } from '../log-work.js';

export default class Snapshot extends BaseCommand {
  static override summary = 'Copy the read model into a file, for a replica to begin with';
  static override description =
    'One state of it, with its place in the log, while a collector or a replica goes on. debci server --follow --snapshot ' +
    'begins with it, and reads only what came since. It is no backup: it can be made again from the log. Private jobs are in it.';
  static override examples = [
    { description: 'Of the collector on this host', command: '<%= config.bin %> snapshot /srv/snapshot.sqlite' },
    {
      description: 'For a script',
      command: '<%= config.bin %> snapshot --json /srv/snapshot.sqlite | jq -r .position',
    },
  ];
  static override args = {
    file: Args.string({ description: 'File to write; an older one is replaced.', required: true }),
  };
  static override flags = { json: commonFlags.json };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Snapshot);
    const { config } = await this.settings(flags);
    const position = await watched('Copying the read model', flags.json || config.quiet, ({ signal }) =>
      saveSnapshot(statePaths(config).readModel, args.file, signal),
    );
    if (flags.json) this.printJson({ position });
    else if (!config.quiet) this.log('%s', `the read model up to ${position ?? 'the beginning of the log'}`);
  }
}
