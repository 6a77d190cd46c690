import { type Options, type SocketOptions } from 'amqplib';
import { InvalidInputError } from '../../domain/errors.js';

/** PEM: whom to trust beside or in place of the system's authorities, and who we are. */
export interface TlsOptions {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/** Where a broker is and how to log in there. */
export interface Address {
  readonly server: Options.Connect;
  readonly socket: SocketOptions;
  /** For errors and logs: without user and password. */
  readonly label: string;
}

const ALLOWED = 'amqp://[user:password@]host[:port][/vhost], or amqps:// for TLS';
const DEFAULT_USER = 'guest';

/**
 * TLS is used where the URL says amqps, or TLS options are given (Debian's `amqp_ssl` beside an amqp URL).
 * @throws InvalidInputError
 */
export function parseAddress(url: string, tls?: TlsOptions): Address {
  const parts = parse(url);
  const protocol = parts.protocol === 'amqps:' || tls !== undefined ? 'amqps' : 'amqp';
  const hostname = parts.hostname.replace(/^\[|\]$/g, '');
  const port = Number(parts.port || (protocol === 'amqps' ? 5671 : 5672));
  const anonymous = parts.username === '' && parts.password === '';
  return {
    server: {
      protocol,
      hostname,
      port,
      username: anonymous ? DEFAULT_USER : decode(parts.username, url),
      password: anonymous ? DEFAULT_USER : decode(parts.password, url),
      // amqplib decodes it.
      vhost: parts.pathname.slice(1),
    },
    socket: { ...tls },
    label: `${protocol}://${parts.hostname}:${port}${parts.pathname === '/' ? '' : parts.pathname}`,
  };
}

function parse(url: string): URL {
  const parts = URL.canParse(url) ? new URL(url) : null;
  if (parts === null || !/^amqps?:$/.test(parts.protocol) || parts.hostname === '') throw refusal(url);
  return parts;
}

function decode(text: string, url: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refusal(url);
  }
}

/** The URL as given, but for what may be a password. */
function refusal(url: string): InvalidInputError {
  return new InvalidInputError([{ field: 'amqp server', value: url.replace(/\/\/.*@/, '//…@'), allowed: ALLOWED }]);
}
