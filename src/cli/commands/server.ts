import type { RequestTransport } from '../../application/submit.js';
import { BaseCommand } from '../base-command.js';
import { openEventStore } from '../compose/event-store.js';
import type { Instance } from '../compose/instance.js';
import { openTransport } from '../compose/request-transport.js';
import { openWeb } from '../compose/web-service.js';
import type { Config } from '../config/config.js';
import { commonFlags } from '../flags.js';
import { hostFlag, portFlag } from '../listen-flags.js';

export default class Server extends BaseCommand {
  static override summary = "Serve a collector's pages, data, files and GraphQL over HTTP";
  static override description =
    'Reads the data folder of a collector on this host, which may run or not, and writes nothing into its log: ' +
    'mutations go to the collector as requests. debci up has it built in.';
  static override examples = [
    { description: 'On port 8080 of this host only', command: '<%= config.bin %> server' },
    { description: 'For a network, behind no proxy', command: '<%= config.bin %> server --host 0.0.0.0 --port 80' },
  ];
  static override flags = { amqp: commonFlags.amqp, port: portFlag(), host: hostFlag() };

  async run(): Promise<void> {
    const { flags } = await this.parse(Server);
    await this.serve(flags, (instance, { stop }) => serveUntil(instance, flags, stop));
  }
}

/** A connection a request: mutations are few. */
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

async function serveUntil(
  instance: Instance,
  { port, host }: { port: number; host: string },
  stop: AbortSignal,
): Promise<void> {
  const { config, logger } = instance;
  const web = openWeb(instance);
  const log = await openEventStore(config.event_store, { readOnly: true, logger });
  const server = await web.server({ log, bus: null, transport: transportOf(config) });
  try {
    logger.info({ url: await server.listen(port, host) }, 'pages are served');
    await new Promise<void>((resolve) => {
      if (stop.aborted) resolve();
      else
        stop.addEventListener(
          'abort',
          () => {
            resolve();
          },
          { once: true },
        );
    });
  } finally {
    await server.close();
    await log.close();
    web.close();
  }
}
