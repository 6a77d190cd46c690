import { once } from 'node:events';
import { Flags } from '@oclif/core';
import { SqliteEventStore } from '../../adapters/sqlite/event-store.js';
import { BaseCommand } from '../base-command.js';
import type { Instance } from '../compose/instance.js';
import { lazyTransport } from '../compose/request-transport.js';
import { openWeb } from '../compose/web-service.js';
import { eventStoreFile } from '../config/state.js';
import { commonFlags } from '../flags.js';

interface ServerFlags {
  readonly port: number;
  readonly host: string;
}

export default class Server extends BaseCommand {
  static override summary = 'Serve pages, data, files and GraphQL from the data folder of a collector on this host';
  static override description =
    'Runs beside a collector, reads its log and read model, and writes neither: what GraphQL is asked to change goes ' +
    'to the collector, over the AMQP server or the local socket. Runs until it is stopped (SIGTERM, Ctrl-C). GraphQL ' +
    'and, for browsers, GraphiQL are at /graphql.';
  static override examples = [
    { description: 'For this host', command: '<%= config.bin %> server' },
    {
      description: 'For a reverse proxy on another host',
      command: '<%= config.bin %> server --host 0.0.0.0 --port 8081 --data-dir /srv/debci',
    },
  ];
  static override flags = {
    amqp: commonFlags.amqp,
    port: Flags.integer({ helpValue: 'N', summary: 'Port; 0: any free one.', default: 8080, min: 0, max: 65535 }),
    host: Flags.string({ helpValue: 'ADDRESS', summary: 'Address to serve on.', default: '127.0.0.1' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Server);
    await this.serve(flags, (instance, { stop }) => serve(instance, flags, stop));
  }
}

async function serve(instance: Instance, { port, host }: ServerFlags, stop: AbortSignal): Promise<void> {
  const log = SqliteEventStore.open(eventStoreFile(instance.config), { readOnly: true });
  const transport = lazyTransport(instance.config);
  const web = openWeb(instance);
  try {
    const server = await web.server({ log, bus: null, transport });
    try {
      instance.logger.info({ url: await server.listen(port, host) }, 'served');
      if (!stop.aborted) await once(stop, 'abort');
    } finally {
      await server.close();
    }
  } finally {
    web.close();
    await transport.close();
    await log.close();
  }
}
