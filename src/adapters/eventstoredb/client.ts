import { readFileSync } from 'node:fs';

import { EventStoreDBClient } from '@eventstore/db-client';

import { StoreUnavailableError } from '../../domain/ports/event-store.js';
import type { Connection } from './connection-url.js';

type Credentials = NonNullable<ConstructorParameters<typeof EventStoreDBClient>[1]>;

/**
 * The client is given settings, never its own connection string: what it does not understand of that, it prints.
 * @throws StoreUnavailableError where a certificate cannot be read. Nothing connects yet.
 */
export function newClient(connection: Connection): EventStoreDBClient {
  const { discover, hosts, credentials, nodePreference } = connection;
  const { maxDiscoverAttempts, discoveryInterval, gossipTimeout } = connection;
  const { connectionName, defaultDeadline, keepAliveInterval, keepAliveTimeout } = connection;
  const common = { connectionName, defaultDeadline, keepAliveInterval, keepAliveTimeout, throwOnAppendFailure: true };
  const cluster = { ...common, nodePreference, maxDiscoverAttempts, discoveryInterval, gossipTimeout };
  const channel = channelCredentials(connection);
  const user = credentials ?? undefined;
  const [first] = hosts;
  if (discover) return new EventStoreDBClient({ ...cluster, discover: { ...first } }, channel, user);
  if (hosts.length > 1) return new EventStoreDBClient({ ...cluster, endpoints: [...hosts] }, channel, user);
  return new EventStoreDBClient({ ...common, endpoint: { ...first } }, channel, user);
}

function channelCredentials({ tls, tlsCAFile, userCertFile, userKeyFile }: Connection): Credentials {
  if (!tls) return { insecure: true };
  return {
    ...(tlsCAFile !== null && { rootCertificate: certificate(tlsCAFile) }),
    ...(userCertFile !== null && { userCertFile: certificate(userCertFile) }),
    ...(userKeyFile !== null && { userKeyFile: certificate(userKeyFile) }),
  };
}

function certificate(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new StoreUnavailableError(`cannot read the certificate ${file} of the event store`, { cause });
  }
}
