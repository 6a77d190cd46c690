import { Flags } from '@oclif/core';
import { ask } from '../../ask.js';
import { BaseCommand } from '../../base-command.js';
import { dealWith, letterIds, lettersArg, lettersFlags } from '../../dead-letters.js';

export default class DeadLettersDrop extends BaseCommand {
  static override summary = 'Drop messages that could not be understood';
  static override description = 'They are gone for good.';
  static override examples = [
    { description: 'One', command: '<%= config.bin %> <%= command.id %> 1b4e28ba' },
    { description: 'All', command: '<%= config.bin %> <%= command.id %> --all' },
  ];
  static override strict = false;
  static override args = { id: lettersArg };
  static override flags = { ...lettersFlags, yes: Flags.boolean({ char: 'y', summary: 'Do not ask.' }) };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(DeadLettersDrop);
    const { config } = await this.settings(flags);
    const ids = letterIds(argv as string[], flags.all);
    const what =
      ids === null ? 'all dead letters' : ids.length === 1 ? 'one dead letter' : `${ids.length} dead letters`;
    if (!flags.yes && !(await ask(`Drop ${what}?`))) {
      this.log('nothing was dropped');
      return;
    }
    await dealWith(config, ids, 'drop', ({ id, queue }) => {
      this.log('%s', `${id} of ${queue} dropped`);
    });
  }
}
