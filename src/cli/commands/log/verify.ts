import { examine, type Finding } from '../../../application/log/examine.js';
import { DebciError } from '../../../domain/errors.js';
import { BaseCommand } from '../../base-command.js';
import { sqliteFile } from '../../config/state.js';
import { damageOf } from '../../../adapters/sqlite/damage.js';
import { commonFlags } from '../../flags.js';
import { watched, withLog } from '../../log-work.js';
import { safeLines } from '../../output.js';

/** The log holds what it should not, or lacks what it should hold. */
class DamagedLogError extends DebciError {
  readonly code = 'E_DAMAGED_LOG';
}

export default class LogVerify extends BaseCommand {
  static override summary = 'Look for damage in the log';
  static override description =
    'Reads all of it, and tells of gaps in streams, ids that are there twice, and events that this debci cannot read; of ' +
    'a SQLite file also whether SQLite finds it sound. Ends with 1 where it finds something. A collector may run.';
  static override examples = [
    { description: 'After a crash, or before a backup', command: '<%= config.bin %> log verify' },
    { description: 'For a script', command: "<%= config.bin %> log verify --json | jq '.findings | length'" },
  ];
  static override flags = { json: commonFlags.json };

  async run(): Promise<void> {
    const { flags } = await this.parse(LogVerify);
    const { config } = await this.settings(flags);
    const silent = flags.json || config.quiet;
    const file = sqliteFile(config.event_store);
    const damage = file === null ? [] : damageOf(file);
    const { stats, findings } = await withLog(config.event_store, (log) =>
      watched('Reading the log', silent, (work) => examine(() => log.readAll(), work)),
    );
    const told = [...damage, ...findings.map(tell)];
    if (flags.json) this.printJson({ events: stats.events, lastPosition: stats.lastPosition, damage, findings });
    else if (told.length === 0) this.log('%s', `${stats.events} events, nothing is missing and nothing is wrong`);
    if (told.length > 0) throw new DamagedLogError(told.join('\n'));
  }
}

function tell({ kind, stream, revision, position, what }: Finding): string {
  return safeLines(`${kind}: event ${revision} of ${stream}, at ${position}: ${what}`);
}
