import { readFile } from 'node:fs/promises';
import { AmqpBus } from '../../adapters/amqp/bus.js';
import type { TlsOptions } from '../../adapters/amqp/address.js';
import type { Logger } from '../../domain/ports/logger.js';
import type { MessageBus } from '../../domain/ports/message-bus.js';
import type { Config } from '../config/config.js';

/** Debian's default: a broker on this host. */
export const DEFAULT_AMQP_SERVER = 'amqp://localhost';

async function tlsOptions(config: Config): Promise<TlsOptions | undefined> {
  const { amqp_ssl: ssl, amqp_cacert: ca, amqp_cert: cert, amqp_key: key } = config;
  if (!ssl && ca === null && cert === null && key === null) return undefined;
  return {
    ...(ca !== null && { ca: await readFile(ca) }),
    ...(cert !== null && { cert: await readFile(cert) }),
    ...(key !== null && { key: await readFile(key) }),
  };
}

/** A bus that connects by itself, now or later: who has it serves meanwhile what needs no broker. */
export async function connectingBus(config: Config, url: string, logger: Logger): Promise<MessageBus> {
  const tls = await tlsOptions(config);
  return AmqpBus.connecting({ url, ...(tls && { tls }), logger });
}

/**
 * Connects to the configured AMQP server.
 * @param options.keepTrying a daemon waits for its broker; else the first failure is thrown
 * @throws BusUnavailableError, BusAccessError
 */
export async function connectBus(
  config: Config,
  logger: Logger,
  { keepTrying = false }: { keepTrying?: boolean } = {},
): Promise<MessageBus> {
  const tls = await tlsOptions(config);
  const url = config.amqp_server ?? DEFAULT_AMQP_SERVER;
  return AmqpBus.connect({ url, ...(tls && { tls }), logger, retryFirst: keepTrying });
}
