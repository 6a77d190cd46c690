import { isListening, LocalClient } from '../../adapters/local/client.js';
import type { RequestTransport } from '../../application/submit.js';
import { REQUESTS_SUBJECT } from '../../application/messages/subjects.js';
import { DebciError } from '../../domain/errors.js';
import type { Logger } from '../../domain/ports/logger.js';
import { BusUnavailableError, NoRouteError, type MessageBus } from '../../domain/ports/message-bus.js';
import type { Config } from '../config/config.js';
import { statePaths } from '../config/state.js';
import { connectBus, DEFAULT_AMQP_SERVER } from './bus.js';

/** The collector takes 5,000 jobs in about 2 s; a busy one may need longer. */
const ANSWER_TIMEOUT_MS = 30_000;

/** What goes wrong in a one-shot command is thrown, and told once. */
export const SILENT: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Neither a broker nor a local instance can be reached: the request was not sent. */
class NoCollectorError extends DebciError {
  readonly code = 'E_NO_COLLECTOR';
}

/** A transport that is to be closed. */
export interface OpenTransport extends RequestTransport {
  close(): Promise<void>;
}

/** Over a bus, which is closed with it. */
export function overBus(bus: MessageBus): OpenTransport {
  return {
    async send(body, messageId) {
      try {
        return (await bus.request(REQUESTS_SUBJECT, body, { timeoutMs: ANSWER_TIMEOUT_MS, messageId })).body;
      } catch (cause) {
        if (!(cause instanceof NoRouteError)) throw cause;
        throw new NoCollectorError('no collector has ever run on this AMQP server; start `debci collector`', { cause });
      }
    },
    close: () => bus.close(),
  };
}

function overSocket(path: string): OpenTransport {
  const client = new LocalClient(path);
  return { send: (body, requestId) => client.send(body, requestId), close: () => Promise.resolve() };
}

/**
 * The way to the collector: the AMQP server where one is configured, else the local instance's socket where one
 * listens, else the AMQP server on this host.
 * @throws NoCollectorError, BusUnavailableError
 */
export async function openTransport(config: Config): Promise<OpenTransport> {
  const { socket } = statePaths(config);
  if (config.amqp_server !== null) return overBus(await connectBus(config, SILENT));
  if (await isListening(socket)) return overSocket(socket);
  try {
    return overBus(await connectBus(config, SILENT));
  } catch (cause) {
    if (!(cause instanceof BusUnavailableError)) throw cause;
    throw new NoCollectorError(
      `no AMQP server at ${DEFAULT_AMQP_SERVER}, and no local instance (debci up) on ${socket}; nothing was enqueued`,
      { cause },
    );
  }
}
