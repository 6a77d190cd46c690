import { Leadership } from '../../application/leadership.js';
import { runTogether } from '../../application/run-together.js';
import { standBy } from '../../application/stand-by.js';
import type { MessageBus } from '../../domain/ports/message-bus.js';
import { BaseCommand } from '../base-command.js';
import { connectBus } from '../compose/bus.js';
import { collectorLock, openCollector } from '../compose/collector-service.js';
import type { Instance } from '../compose/instance.js';
import { sqliteFile } from '../config/state.js';
import { commonFlags } from '../flags.js';

export default class Collector extends BaseCommand {
  static override summary = 'Take requests and results, dispatch jobs, keep the log: the one process that writes it';
  static override description =
    'Runs until it is stopped (SIGTERM, Ctrl-C). One collector keeps a log; a second one stands by, and takes over ' +
    'within seconds when the first is gone.';
  static override examples = [
    { description: 'With the AMQP server on this host', command: '<%= config.bin %> collector' },
    {
      description: 'With another, and its own data folder',
      command: '<%= config.bin %> collector --amqp amqp://rabbit.example.org --data-dir /srv/debci',
    },
  ];
  static override flags = { amqp: commonFlags.amqp };

  async run(): Promise<void> {
    const { flags } = await this.parse(Collector);
    await this.serve(flags, async (instance, { stop }) => {
      const bus = await connectBus(instance.config, instance.logger, { keepTrying: true });
      try {
        const release = await standBy(
          collectorLock(instance),
          () => {
            instance.logger.info({}, 'another collector keeps this log; standing by');
          },
          stop,
        );
        if (release !== null) await collect(instance, bus, stop, release);
      } finally {
        await bus.close();
      }
    });
  }
}

async function collect(instance: Instance, bus: MessageBus, stop: AbortSignal, release: () => void): Promise<void> {
  try {
    // Other hosts share a log that is on a server, and no file.
    const isShared = sqliteFile(instance.config.event_store) === null;
    const leadership = isShared ? await Leadership.gain(bus, instance.logger, stop) : null;
    if (isShared && leadership === null) return;
    const collector = await openCollector(instance, bus);
    try {
      await runTogether(leadership === null ? [collector] : [collector, leadership], stop);
    } finally {
      await collector.close();
    }
  } finally {
    release();
  }
}
