import type { DeadLetter } from '../../../application/dead-letter-box.js';
import { BaseCommand } from '../../base-command.js';
import { visit } from '../../dead-letters.js';
import { commonFlags } from '../../flags.js';
import { dateTime, painter, safeLines, table } from '../../output.js';

const REASON_CHARACTERS = 100;

export default class DeadLettersList extends BaseCommand {
  static override summary = 'List the messages that could not be understood';
  static override description =
    'Such messages wait in the queue debci_dead_letters of the AMQP server, and do no harm there. They can be looked ' +
    'at (show), sent back to the queue that they came by (requeue), or dropped. Lists the oldest 250.';
  static override examples = [
    { description: 'All of them', command: '<%= config.bin %> dead-letters' },
    { description: 'What is in one', command: '<%= config.bin %> dead-letters show 1b4e28ba' },
  ];
  static override flags = { amqp: commonFlags.amqp, json: commonFlags.json };

  async run(): Promise<void> {
    const { flags } = await this.parse(DeadLettersList);
    const { config } = await this.settings(flags);
    const letters: DeadLetter[] = [];
    const all = await visit(config, (letter) => {
      letters.push(letter);
      return 'keep';
    });
    if (flags.json) {
      this.printJson(letters.map(({ body: _body, ...letter }) => letter));
      return;
    }
    const rows = letters.map(({ id, time, queue, bytes, reason }) => {
      const line = safeLines(reason.replaceAll(/\s+/g, ' '));
      return [id, dateTime(time), queue, String(bytes), line.slice(0, REASON_CHARACTERS)].map(safeLines);
    });
    if (rows.length === 0) this.log('no dead letters');
    else
      process.stdout.write(
        table(['id', 'date (UTC)', 'queue', 'bytes', 'reason'], rows, painter(process.stdout, process.env)),
      );
    if (!all) this.logToStderr('there are more behind these');
  }
}
