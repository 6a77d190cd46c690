import { BaseCommand } from '../../base-command.js';
import { dealWith, letterIds, lettersArg, lettersFlags } from '../../dead-letters.js';

export default class DeadLettersRequeue extends BaseCommand {
  static override summary = 'Send messages back to the queue that they came by';
  static override description =
    'For when what could not read them has been mended. A part of a large result is of no use alone.';
  static override examples = [
    { description: 'One', command: '<%= config.bin %> <%= command.id %> 1b4e28ba' },
    { description: 'All', command: '<%= config.bin %> <%= command.id %> --all' },
  ];
  static override strict = false;
  static override args = { id: lettersArg };
  static override flags = lettersFlags;

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(DeadLettersRequeue);
    const { config } = await this.settings(flags);
    await dealWith(config, letterIds(argv as string[], flags.all), 'send back', ({ id, queue }) => {
      this.log('%s', `${id} goes back to ${queue}`);
    });
  }
}
