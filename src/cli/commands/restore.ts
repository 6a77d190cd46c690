import { Args } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { restore } from '../compose/backup-service.js';
import { commonFlags } from '../flags.js';
import { watched, withLogToWrite } from '../log-work.js';

export default class Restore extends BaseCommand {
  static override summary = 'Put a backup back';
  static override description =
    'Into the log and the data folder of the settings, which must be empty, or hold a part of the same: a restore that was ' +
    'broken off goes on. Everything is checked against its digest. The collector, started afterwards, makes read model ' +
    'and pages, and sends out again what was not finished.';
  static override examples = [
    { description: 'On a new machine', command: '<%= config.bin %> restore /srv/backup/debci' },
    {
      description: 'To look at it elsewhere',
      command: '<%= config.bin %> restore --data-dir /tmp/then /srv/backup/debci',
    },
  ];
  static override args = {
    folder: Args.directory({ description: 'Folder of the backup.', required: true, exists: true }),
  };
  static override flags = { json: commonFlags.json };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Restore);
    const { config } = await this.settings(flags);
    const { log, files, begunAt } = await withLogToWrite(config.event_store, config, (store) =>
      watched('Restoring', flags.json || config.quiet, (work) => restore(config, args.folder, store, work)),
    );
    if (flags.json) this.printJson({ begunAt, log, files });
    else if (!config.quiet) this.log('%s', `${log.events} events and ${files.count} files, as of ${begunAt}`);
  }
}
