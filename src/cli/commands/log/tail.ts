import { Flags } from '@oclif/core';
import type { EventStore, RecordedEvent } from '../../../domain/ports/event-store.js';
import { BaseCommand } from '../../base-command.js';
import { eventLine, withLog } from '../../log-work.js';
import { serviceSignals } from '../../signals.js';

export default class LogTail extends BaseCommand {
  static override summary = 'Show the last events of the log, and those that come';
  static override description = 'Of all streams, in the order of the log. Private jobs are shown too.';
  static override examples = [
    { description: 'The last ten', command: '<%= config.bin %> log tail' },
    {
      description: 'And what happens, until Ctrl-C',
      command: '<%= config.bin %> log tail --follow --type TestFinished',
    },
  ];
  static override flags = {
    json: Flags.boolean({ summary: 'Print JSON, an event a line.' }),
    lines: Flags.integer({ char: 'n', helpValue: 'N', summary: 'How many events.', default: 10, min: 0, max: 10_000 }),
    follow: Flags.boolean({ char: 'f', summary: 'Go on with what comes.' }),
    type: Flags.string({ helpValue: 'TYPE', summary: 'Only events of this type; may be repeated.', multiple: true }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(LogTail);
    const { config } = await this.settings(flags);
    const print = (event: RecordedEvent): void => {
      this.log('%s', flags.json ? JSON.stringify(event) : eventLine(event));
    };
    const filter = flags.type === undefined ? {} : { filter: { types: flags.type } };
    await withLog(config.event_store, async (log) => {
      const end = await log.lastPosition();
      const last: RecordedEvent[] = [];
      for await (const event of log.readAll({ direction: 'backwards', limit: flags.lines, ...filter })) {
        if (end !== null && event.position <= end) last.unshift(event);
      }
      last.forEach(print);
      if (flags.follow) await follow(log, { after: end ?? 'start', ...filter }, print);
    });
  }
}

async function follow(
  log: EventStore,
  options: Parameters<EventStore['subscribe']>[0],
  print: (event: RecordedEvent) => void,
): Promise<void> {
  const signals = serviceSignals(() => undefined);
  try {
    for await (const { events } of log.subscribe({ ...options, signal: signals.stop })) events.forEach(print);
  } finally {
    signals.dispose();
  }
}
