import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../base-command.js';
import { eventLine, withLog } from '../../log-work.js';

export default class LogShow extends BaseCommand {
  static override summary = 'Show the events of a stream';
  static override description =
    'As they were written. A run’s stream is test-<run id>, a key’s is api-key-<id>. Private jobs are shown too: this ' +
    'reads the log itself, for its operator.';
  static override examples = [
    { description: 'What happened to run 42', command: '<%= config.bin %> log show test-42' },
    { description: 'For a script', command: '<%= config.bin %> log show --json test-42 | jq -r .type' },
  ];
  static override args = { stream: Args.string({ description: 'Name of the stream.', required: true }) };
  static override flags = {
    json: Flags.boolean({ summary: 'Print JSON, an event a line.' }),
    limit: Flags.integer({ char: 'n', helpValue: 'N', summary: 'How many events, at most.', min: 1 }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(LogShow);
    const { config } = await this.settings(flags);
    await withLog(config.event_store, async (log) => {
      for await (const event of log.readStream(args.stream, flags.limit === undefined ? {} : { limit: flags.limit })) {
        this.log('%s', flags.json ? JSON.stringify(event) : eventLine(event));
      }
    });
  }
}
