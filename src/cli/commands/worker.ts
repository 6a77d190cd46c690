import { BaseCommand } from '../base-command.js';
import { connectBus } from '../compose/bus.js';
import { runWorker } from '../compose/worker-service.js';
import { commonFlags } from '../flags.js';
import { jobsFlag } from '../jobs-flag.js';
import { timeoutFlag } from '../timeout-flag.js';

export default class Worker extends BaseCommand {
  static override summary = 'Take jobs from the AMQP server, run them, send the results back';
  static override description =
    'Builds a missing testbed first. The first SIGTERM or Ctrl-C lets the running tests finish; the second ends them ' +
    'and gives their jobs back. Results wait on disk until the broker has them, across restarts.';
  static override examples = [
    { description: 'One test at a time', command: '<%= config.bin %> worker' },
    {
      description: 'Four at once, in isolated testbeds, from another AMQP server',
      command: '<%= config.bin %> worker --jobs 4 --backend unshare --amqp amqp://rabbit.example.org',
    },
  ];
  static override flags = {
    arch: commonFlags.arch,
    backend: commonFlags.backend,
    suite: commonFlags.suite,
    amqp: commonFlags.amqp,
    mirror: commonFlags.mirror,
    jobs: jobsFlag(),
    timeout: timeoutFlag(),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Worker);
    await this.serve(flags, async (instance, signals) => {
      const bus = await connectBus(instance.config, instance.logger, { keepTrying: true });
      try {
        await runWorker(instance, bus, { jobs: flags.jobs, timeoutMs: flags.timeout }, signals);
      } finally {
        await bus.close();
      }
    });
  }
}
