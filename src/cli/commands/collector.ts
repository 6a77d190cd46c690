import { BaseCommand } from '../base-command.js';
import { connectBus } from '../compose/bus.js';
import { openCollector } from '../compose/collector-service.js';
import { commonFlags } from '../flags.js';

export default class Collector extends BaseCommand {
  static override summary = 'Take requests and results, dispatch jobs, keep the log: the one process that writes it';
  static override description =
    'Runs until it is stopped (SIGTERM, Ctrl-C). There must be one collector; a second one on the same broker waits ' +
    'until the first is gone.';
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
    await this.serve(flags, async (instance, signals) => {
      const bus = await connectBus(instance.config, instance.logger, { keepTrying: true });
      try {
        const collector = await openCollector(instance, bus);
        try {
          instance.logger.info({ data: instance.config.data_basedir }, 'collector ready');
          await collector.run(signals.stop);
        } finally {
          await collector.close();
        }
      } finally {
        await bus.close();
      }
    });
  }
}
