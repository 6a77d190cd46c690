import { Args } from '@oclif/core';
import { writeLines } from '../../../adapters/files/line-file.js';
import { exportLines } from '../../../application/log/lines.js';
import { BaseCommand } from '../../base-command.js';
import { watched, withLog } from '../../log-work.js';

export default class LogExport extends BaseCommand {
  static override summary = 'Write the log into a file, an event a line of JSON';
  static override description =
    'Compressed where the name ends in .gz or .zst. The last line holds the number of events and their digest, by which ' +
    'debci log import knows that the file is whole. A collector may run meanwhile. Private jobs are in it.';
  static override examples = [
    { description: 'Into a file', command: '<%= config.bin %> log export /srv/backup/log.jsonl.zst' },
    { description: 'Into a pipe', command: "<%= config.bin %> log export - | jq -r 'select(.type) | .type'" },
  ];
  static override args = { file: Args.string({ description: 'File to write; - is standard output.', required: true }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(LogExport);
    const { config } = await this.settings(flags);
    await withLog(config.event_store, (log) =>
      watched('Writing the log', config.quiet || args.file === '-', ({ signal, onProgress }) =>
        writeLines(args.file, exportLines(log.readAll(), onProgress), signal),
      ),
    );
  }
}
