import { Args } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { backUp } from '../compose/backup-service.js';
import { commonFlags } from '../flags.js';
import { watched, withLog } from '../log-work.js';

export default class Backup extends BaseCommand {
  static override summary = 'Back up the log and the results, while all goes on';
  static override description =
    'Into a folder of its own: the log as it stands now, each file with its digest, and a list of them. In a folder that ' +
    'holds an older backup, only what is new is copied. Read model, pages and testbeds are not in it: they are made ' +
    'again. Settings (/etc/debci) are yours to keep. Private jobs are in it.';
  static override examples = [
    { description: 'Every night', command: '<%= config.bin %> backup --quiet /srv/backup/debci' },
    { description: 'For a script', command: '<%= config.bin %> backup --json /srv/backup/debci | jq .log.events' },
  ];
  static override args = {
    folder: Args.directory({ description: 'Folder of the backup.', required: true, exists: false }),
  };
  static override flags = { json: commonFlags.json };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Backup);
    const { config } = await this.settings(flags);
    const { log, files, begunAt } = await withLog(config.event_store, (store) =>
      watched('Backing up', flags.json || config.quiet, (work) => backUp(config, args.folder, store, work)),
    );
    if (flags.json) this.printJson({ begunAt, log, files });
    else if (!config.quiet) this.log('%s', `${log.events} events and ${files.count} files (${files.bytes} bytes)`);
  }
}
