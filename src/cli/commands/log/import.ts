import { Args } from '@oclif/core';
import { readLines } from '../../../adapters/files/line-file.js';
import { importLog } from '../../../application/log/copy.js';
import { importLines } from '../../../application/log/lines.js';
import { BaseCommand } from '../../base-command.js';
import { commonFlags } from '../../flags.js';
import { watched, withLogToWrite } from '../../log-work.js';

export default class LogImport extends BaseCommand {
  static override summary = 'Read the log from a file that debci log export wrote';
  static override description =
    'The log must be empty, or hold the beginning of what is in the file; no collector may run. What was broken off goes ' +
    'on where it was. In the end the log is read, and its digest compared to that of the file.';
  static override examples = [
    { description: 'From a file', command: '<%= config.bin %> log import /srv/backup/log.jsonl.zst' },
    {
      description: 'From elsewhere',
      command: 'ssh ci.example.org debci log export - | <%= config.bin %> log import -',
    },
  ];
  static override args = {
    file: Args.string({ description: 'File to read, perhaps .gz or .zst; - is standard input.', required: true }),
  };
  static override flags = { json: commonFlags.json };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(LogImport);
    const { config } = await this.settings(flags);
    const totals = await withLogToWrite(config.event_store, config, (log) =>
      watched('Reading the log', flags.json || config.quiet, (work) =>
        importLog(importLines(readLines(args.file)), log, work),
      ),
    );
    if (flags.json) this.printJson(totals);
    else this.log('%s', `${totals.events} events are in the log, SHA-256 ${totals.sha256}`);
  }
}
