import { Args, Flags } from '@oclif/core';
import type { DeadLetter } from '../../../application/dead-letter-box.js';
import { BaseCommand } from '../../base-command.js';
import { dealWith } from '../../dead-letters.js';
import { commonFlags } from '../../flags.js';
import { safeLines } from '../../output.js';

const SHOWN_BYTES = 4_000;

function describe({ id, time, queue, reason, bytes, headers, body }: DeadLetter): string {
  const facts = Object.entries({ id, time, queue, bytes, reason, ...headers });
  const text = Buffer.from(body.subarray(0, SHOWN_BYTES)).toString('utf8');
  return [...facts.map(([name, value]) => `${name}: ${value}`), '', text].join('\n');
}

export default class DeadLettersShow extends BaseCommand {
  static override summary = 'Show a message that could not be understood';
  static override description = 'It stays where it is.';
  static override examples = [
    { description: 'Why, and how it begins', command: '<%= config.bin %> dead-letters show 1b4e28ba' },
    { description: 'As it came, byte for byte', command: '<%= config.bin %> dead-letters show --body 1b4e28ba > file' },
  ];
  static override args = { id: Args.string({ description: 'As debci dead-letters shows it.', required: true }) };
  static override flags = {
    amqp: commonFlags.amqp,
    body: Flags.boolean({ summary: 'Only the message itself, as it came.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(DeadLettersShow);
    const { config } = await this.settings(flags);
    await dealWith(config, [args.id], 'keep', (letter) => {
      if (flags.body) process.stdout.write(letter.body);
      else this.log('%s', safeLines(describe(letter)));
    });
  }
}
