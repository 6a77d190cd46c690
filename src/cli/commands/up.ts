import { LocalServer } from '../../adapters/local/server.js';
import { MemoryBus } from '../../adapters/memory/bus.js';
import { REQUESTS_QUEUE, REQUESTS_SUBJECT } from '../../application/messages/subjects.js';
import { runBeneath, type Runnable } from '../../application/run-together.js';
import type { EventStore } from '../../domain/ports/event-store.js';
import { AlreadyRunningError } from '../already-running.js';
import { BaseCommand } from '../base-command.js';
import { collectorLock, openCollector } from '../compose/collector-service.js';
import type { Instance } from '../compose/instance.js';
import { overBus } from '../compose/request-transport.js';
import { openWeb } from '../compose/web-service.js';
import { runWorker } from '../compose/worker-service.js';
import { commonFlags } from '../flags.js';
import { hostFlag, portFlag } from '../listen-flags.js';
import { jobsFlag } from '../jobs-flag.js';
import type { ServiceSignals } from '../signals.js';
import { timeoutFlag } from '../timeout-flag.js';

const ANSWER_TIMEOUT_MS = 30_000;

interface UpFlags {
  readonly port: number;
  readonly host: string;
  readonly jobs: number;
  readonly timeout: number;
}

export default class Up extends BaseCommand {
  static override summary = 'Run all of debci on this machine: collector, worker and pages, without a broker';
  static override description =
    'For one machine, or to try debci: the log is a SQLite file and messages stay in the process. Other commands on ' +
    'this host reach it through a socket in its data folder. Builds a missing testbed first. The first Ctrl-C lets ' +
    'the running tests finish, the second ends them; unfinished jobs are run after the next start.';
  static override examples = [
    { description: 'In isolated testbeds of trixie', command: '<%= config.bin %> up --backend unshare --suite trixie' },
    {
      description: 'With a data folder of its own',
      command: '<%= config.bin %> up --data-dir ./debci-data --port 8081',
    },
  ];
  static override flags = {
    arch: commonFlags.arch,
    backend: commonFlags.backend,
    suite: commonFlags.suite,
    mirror: commonFlags.mirror,
    jobs: jobsFlag(),
    timeout: timeoutFlag(),
    port: portFlag(),
    host: hostFlag(),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Up);
    await this.serve(flags, (instance, signals) => up(instance, flags, signals));
  }
}

async function up(instance: Instance, flags: UpFlags, signals: ServiceSignals): Promise<void> {
  const release = collectorLock(instance).tryAcquire();
  if (release === null) {
    throw new AlreadyRunningError(`another instance of debci already keeps ${instance.config.data_basedir}`);
  }
  const bus = new MemoryBus();
  // Requests may come as soon as the door is open.
  await bus.ensureQueue(REQUESTS_QUEUE);
  const { logger, paths } = instance;
  const timeoutMs = ANSWER_TIMEOUT_MS;
  const door = await LocalServer.listen({ path: paths.socket, bus, subject: REQUESTS_SUBJECT, timeoutMs, logger });
  try {
    const collector = await openCollector(instance, bus);
    try {
      await runBeneath(collector, workerAndPages(instance, { bus, log: collector.log }, flags, signals), signals.stop);
    } finally {
      await collector.close();
    }
  } finally {
    await door.close();
    await bus.close();
    release();
  }
}

function workerAndPages(
  instance: Instance,
  parts: { bus: MemoryBus; log: EventStore },
  flags: UpFlags,
  { kill }: ServiceSignals,
): Runnable {
  return {
    run: async (stop) => {
      const web = openWeb(instance);
      const server = await web.server({ ...parts, transport: overBus(parts.bus) });
      try {
        instance.logger.info({ url: await server.listen(flags.port, flags.host) }, 'pages are served');
        await runWorker(instance, parts.bus, { jobs: flags.jobs, timeoutMs: flags.timeout }, { stop, kill });
      } finally {
        await server.close();
        web.close();
      }
    },
  };
}
