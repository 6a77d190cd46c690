import { once } from 'node:events';
import { Flags } from '@oclif/core';
import type { RequestTransport } from '../../application/submit.js';
import type { EventStore } from '../../domain/ports/event-store.js';
import { useSnapshot } from '../../projections/snapshot.js';
import { AlreadyRunningError } from '../already-running.js';
import { BaseCommand } from '../base-command.js';
import { connectingBus } from '../compose/bus.js';
import { collectorLock } from '../compose/collector-service.js';
import { openEventStore } from '../compose/event-store.js';
import type { Instance } from '../compose/instance.js';
import { openReadSide } from '../compose/read-side.js';
import { openTransport, overBus } from '../compose/request-transport.js';
import { openWeb, type WebService } from '../compose/web-service.js';
import type { Config } from '../config/config.js';
import { commonFlags } from '../flags.js';
import { hostFlag, portFlag } from '../listen-flags.js';

export default class Server extends BaseCommand {
  static override summary = "Serve a collector's pages, data, files and GraphQL over HTTP";
  static override description =
    'Reads the data folder of a collector on this host, which may run or not, and writes nothing into its log: ' +
    'mutations go to the collector as requests. debci up has it built in.\n' +
    'With --follow it needs no collector on its host: it makes a read model and pages of its own from the log that ' +
    'debci_event_store names, and keeps them up; /metrics and /readyz tell how far behind the log it is.';
  static override examples = [
    { description: 'On port 8080 of this host only', command: '<%= config.bin %> server' },
    { description: 'For a network, behind no proxy', command: '<%= config.bin %> server --host 0.0.0.0 --port 80' },
    {
      description: 'A replica, begun with what another one knows (debci snapshot)',
      command: '<%= config.bin %> server --follow --snapshot /srv/snapshot.sqlite --data-dir /srv/replica',
    },
  ];
  static override flags = {
    amqp: commonFlags.amqp,
    port: portFlag(),
    host: hostFlag(),
    follow: Flags.boolean({
      summary: 'Build read model and pages from the log, in a data folder without a collector.',
    }),
    snapshot: Flags.file({
      helpValue: 'FILE',
      summary: 'Where there is no read model yet: begin with this one, not with the log’s first event.',
      dependsOn: ['follow'],
      exists: true,
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Server);
    await this.serve(flags, (instance, { stop }) => serveUntil(instance, flags, stop));
  }
}

/** Where no broker is named, the way is looked for anew for each request: mutations are few. */
function transportOf(config: Config): RequestTransport {
  return {
    send: async (body, requestId) => {
      const transport = await openTransport(config);
      try {
        return await transport.send(body, requestId);
      } finally {
        await transport.close();
      }
    },
  };
}

interface ServerFlags {
  readonly port: number;
  readonly host: string;
  readonly follow: boolean;
  readonly snapshot?: string | undefined;
}

async function serveUntil(instance: Instance, flags: ServerFlags, stop: AbortSignal): Promise<void> {
  const { config, logger } = instance;
  const release = flags.follow ? collectorLock(instance).tryAcquire() : undefined;
  if (release === null) throw new AlreadyRunningError(`a collector already keeps ${config.data_basedir}`);
  const web = openWeb(instance);
  const log = await openEventStore(config.event_store, { readOnly: true, logger });
  const bus = config.amqp_server === null ? null : await connectingBus(config, config.amqp_server, logger);
  const server = await web.server({ log, bus, transport: bus === null ? transportOf(config) : overBus(bus) });
  try {
    logger.info({ url: await server.listen(flags.port, flags.host) }, 'pages are served');
    if (flags.follow) await followLog(instance, { log, web, snapshot: flags.snapshot }, stop);
    else await aborted(stop);
  } finally {
    await server.close();
    await bus?.close();
    await log.close();
    web.close();
    release?.();
  }
}

async function followLog(
  instance: Instance,
  { log, web, snapshot }: { log: EventStore; web: WebService; snapshot: string | undefined },
  stop: AbortSignal,
): Promise<void> {
  const { logger, paths } = instance;
  if (snapshot !== undefined && useSnapshot(paths.readModel, snapshot)) {
    logger.info({ snapshot }, 'the read model begins with a snapshot');
  }
  const readSide = openReadSide(instance, log, web);
  try {
    if (await readSide.prepare(stop)) await readSide.run(stop);
  } finally {
    readSide.close();
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
