import { ALLOWED_URL, parseConnection } from '../../adapters/eventstoredb/connection-url.js';
import { integer, line, pattern, type Rule } from '../../domain/rules.js';

/** What settings may be, beyond the domain's own values. */

function url(schemes: readonly string[], allowed: string): Rule {
  const accepts = (text: string): boolean => {
    if (!/^[a-z]+:\/\/[\x21-\x7e]{1,2048}$/.test(text) || !URL.canParse(text)) return false;
    const { protocol, hostname } = new URL(text);
    return schemes.includes(protocol) && (hostname !== '' || protocol === 'file:');
  };
  return { allowed, accepts: (value) => typeof value === 'string' && accepts(value) };
}

export const amqpUrl = url(['amqp:', 'amqps:'], 'a URL such as amqp://host or amqps://host/vhost');
export const mirrorUrl = url(['http:', 'https:', 'file:'], 'an http, https or file URL of a Debian archive');
const httpProxy = url(['http:', 'https:'], 'an http or https URL');
export const aptProxy: Rule = {
  allowed: 'the URL of an HTTP proxy such as http://proxy.example.org:3142, or DIRECT for none',
  accepts: (value) => value === 'DIRECT' || (httpProxy.accepts(value) && !/["';]/.test(String(value))),
};
export const webUrl = url(['http:', 'https:'], 'an http or https URL');
const SQLITE_URL = /^sqlite:\/\/(\/[^/\p{Cc}]+)+$/u;

function isServersUrl(text: string): boolean {
  try {
    parseConnection(text);
    return true;
  } catch {
    return false;
  }
}

/** What is wrong with a server's URL, opening it tells. */
export const eventStoreUrl: Rule = {
  allowed: `sqlite:// and the absolute path of a file (sqlite:///srv/debci/events.sqlite), or ${ALLOWED_URL}`,
  accepts: (value) => typeof value === 'string' && (SQLITE_URL.test(value) || isServersUrl(value)),
};
export const absolutePath = pattern(/^\/[^\p{Cc}]{0,1023}$/u, 'an absolute path');
export const queueName = pattern(/^[\w.:-]{1,127}$/, 'a queue name: 1 to 127 of letters, digits and _ . : -');
export const text = line(512);
/** Below 10, a busy collector would take its workers for dead. */
export const seconds = integer(10, 86_400);
/** Days, minutes, entries of a page. */
export const count = integer(1, 100_000);
export const countOrNone = integer(0, 100_000);
