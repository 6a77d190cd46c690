import { InvalidInputError } from '../../domain/errors.js';

export interface EndPoint {
  readonly address: string;
  readonly port: number;
}

/** What `esdb://user:password@host:2113,other:2113?tls=true` says. */
export interface Connection {
  /** The hosts are names of a cluster: one of its members, the leader by preference, is asked for by gossip. */
  readonly discover: boolean;
  /** At least one. Of several, too, the leader is asked for by gossip. */
  readonly hosts: readonly [EndPoint, ...EndPoint[]];
  readonly credentials: { readonly username: string; readonly password: string } | null;
  readonly tls: boolean;
  /** Files, PEM. */
  readonly tlsCAFile: string | null;
  readonly userCertFile: string | null;
  readonly userKeyFile: string | null;
  readonly nodePreference: NodePreference;
  readonly connectionName: string;
  /** How long one call may take, in milliseconds. */
  readonly defaultDeadline: number;
  /** Milliseconds, -1 for never, and milliseconds until the lack of an answer ends the connection. */
  readonly keepAliveInterval: number;
  readonly keepAliveTimeout: number;
  readonly maxDiscoverAttempts: number;
  /** Milliseconds. */
  readonly discoveryInterval: number;
  /** Seconds. */
  readonly gossipTimeout: number;
}

export type NodePreference = 'leader' | 'follower' | 'read_only_replica' | 'random';

export const ALLOWED_URL =
  'esdb://[user:password@]host[:port][,host…][?tls=true&…], the same with kurrentdb://, or esdb+discover://';

const SCHEME = /^(esdb|kurrentdb|kurrent|kdb)(\+discover)?:\/\//;
/** Up to the last @ before the query: a password may hold one. */
const REST = /^(?:([^:@/?]+):([^?]*)@)?([^@?/]+)\/?(?:\?(.*))?$/;
const HOST = /^([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?$/i;
const DEFAULT_PORT = 2113;

const PREFERENCES: ReadonlyMap<string, NodePreference> = new Map([
  ['leader', 'leader'],
  ['follower', 'follower'],
  ['readonlyreplica', 'read_only_replica'],
  ['random', 'random'],
]);

/** The client's own parser prints what it does not know, password and all: so nothing unknown gets that far. */
class Options {
  readonly #given: Map<string, string>;

  constructor(query: string) {
    const pairs = [...new URLSearchParams(query)];
    this.#given = new Map(pairs.map(([name, value]) => [name.toLowerCase().replace(/[_-]/g, ''), value.trim()]));
  }

  text(name: string): string | null {
    const key = name.toLowerCase();
    const value = this.#given.get(key) ?? null;
    this.#given.delete(key);
    return value === '' ? null : value;
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.text(name)?.toLowerCase() ?? String(fallback);
    if (value !== 'true' && value !== 'false') throw refused(name, 'true or false');
    return value === 'true';
  }

  number(name: string, fallback: number, min = 1): number {
    const value = Number(this.text(name) ?? fallback);
    if (!Number.isSafeInteger(value) || value < min) throw refused(name, `a whole number of ${min} or more`);
    return value;
  }

  /** What nobody asked for. */
  get left(): string[] {
    return [...this.#given.keys()];
  }
}

/** The value is not repeated: it may hold a password. */
function refused(field: string, allowed: string): InvalidInputError {
  return new InvalidInputError([{ field: `event_store: ${field}`, value: undefined, allowed }]);
}

function endPoint(text: string): EndPoint {
  const [, address, port] = HOST.exec(text) ?? [];
  const number = port === undefined ? DEFAULT_PORT : Number(port);
  if (address === undefined || number < 1 || number > 65535) throw refused('host', 'a name or address, and a port');
  return { address, port: number };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refused('user and password', 'text in which % begins a code such as %40 for @');
  }
}

function preference(options: Options): NodePreference {
  const given = options.text('nodePreference') ?? 'leader';
  const known = PREFERENCES.get(given.toLowerCase().replace(/[_-]/g, ''));
  if (known === undefined) throw refused('nodePreference', 'leader, follower, readOnlyReplica or random');
  return known;
}

/** @throws InvalidInputError, which names what is wrong, and never a password. */
export function parseConnection(url: string): Connection {
  const [scheme, , discover] = SCHEME.exec(url) ?? [];
  const [, username, password, hosts, query] = REST.exec(url.slice(scheme?.length ?? 0)) ?? [];
  if (scheme === undefined || hosts === undefined) throw refused('address', ALLOWED_URL);
  const [first, ...others] = hosts.split(',').map(endPoint);
  if (first === undefined) throw refused('host', 'at least one');
  const options = new Options(query ?? '');
  const credentials =
    username === undefined ? null : { username: decoded(username), password: decoded(password ?? '') };
  const connection: Connection = {
    discover: discover !== undefined,
    hosts: [first, ...others],
    credentials,
    tls: options.flag('tls', true),
    tlsCAFile: options.text('tlsCAFile'),
    userCertFile: options.text('userCertFile'),
    userKeyFile: options.text('userKeyFile'),
    nodePreference: preference(options),
    connectionName: options.text('connectionName') ?? 'debci',
    defaultDeadline: options.number('defaultDeadline', 10_000),
    keepAliveInterval: options.number('keepAliveInterval', 10_000, -1),
    keepAliveTimeout: options.number('keepAliveTimeout', 10_000, -1),
    maxDiscoverAttempts: options.number('maxDiscoverAttempts', 10),
    discoveryInterval: options.number('discoveryInterval', 100),
    gossipTimeout: options.number('gossipTimeout', 5),
  };
  check(connection, options);
  return connection;
}

function check({ tls, credentials, userCertFile, userKeyFile }: Connection, options: Options): void {
  // The client would ignore these two without a word.
  if (!options.flag('tlsVerifyCert', true)) throw refused('tlsVerifyCert', 'true; name the CA with tlsCAFile');
  if (!tls && credentials !== null) throw refused('tls', 'true where a user and a password are given');
  if ((userCertFile === null) !== (userKeyFile === null)) {
    throw refused('userCertFile and userKeyFile', 'both or neither');
  }
  const [unknown] = options.left;
  if (unknown !== undefined) throw refused(unknown, 'an option of the connection that debci knows');
}
