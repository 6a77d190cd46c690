import { statSync } from 'node:fs';
import { examine, type Stats } from '../../../application/log/examine.js';
import { BaseCommand } from '../../base-command.js';
import { sqliteFile } from '../../config/state.js';
import { commonFlags } from '../../flags.js';
import { watched, withLog } from '../../log-work.js';
import { painter, table } from '../../output.js';

export default class LogStats extends BaseCommand {
  static override summary = 'Tell how much the log holds';
  static override description = 'Reads all of it: how many events, of which types, in how many streams, since when.';
  static override examples = [
    { description: 'For people', command: '<%= config.bin %> log stats' },
    { description: 'For a script', command: '<%= config.bin %> log stats --json | jq .events' },
  ];
  static override flags = { json: commonFlags.json };

  async run(): Promise<void> {
    const { flags } = await this.parse(LogStats);
    const { config } = await this.settings(flags);
    const silent = flags.json || config.quiet;
    const { stats } = await withLog(config.event_store, (log) =>
      watched('Reading the log', silent, (work) => examine(() => log.readAll(), work)),
    );
    const file = sqliteFile(config.event_store);
    const bytes = file === null ? null : statSync(file).size;
    if (flags.json) this.printJson({ ...stats, bytes });
    else process.stdout.write(this.#told(stats, bytes));
  }

  #told({ events, streams, first, last, lastPosition, types }: Stats, bytes: number | null): string {
    const facts = [
      ['events', String(events)],
      ['streams', String(streams)],
      ['first', first ?? ''],
      ['last', last ?? ''],
      ['last position', lastPosition ?? ''],
      ...(bytes === null ? [] : [['file, bytes', String(bytes)]]),
    ];
    const paint = painter(process.stdout, process.env);
    const rows = Object.entries(types).map(([type, count]) => [type, String(count)]);
    return `${table(['log', ''], facts, paint)}\n${table(['type', 'events'], rows, paint)}`;
  }
}
