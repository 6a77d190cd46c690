import { access } from 'node:fs/promises';

import type { AptSetting, AptSettings } from './settings.js';
import { apt } from './host-apt.js';
import { DIRECT, HTTP_PROXY, httpProxy } from './proxy.js';

/** How apt reaches its mirrors, and what it checks of their dates. Not: programs to run, and client certificates. */
const CARRIED = /^Acquire::(https?::|Retries$|ForceIPv[46]$|Check-Valid-Until$|Check-Date$|(Max|Min)-ValidTime)/i;
const LEFT_OUT = /::(Proxy-?Auto-?Detect|SslCert|SslKey|CAPath|IssuerCert|CrlFile)$|::$/i;
const CA_FILE = /::CAInfo$/i;
const PROXY = /^Acquire::https?::Proxy(::|$)/i;
/** Asked about where no mirror is known: which one it is matters to no proxy that we know. */
const ANY_MIRROR = 'http://deb.example.org/debian';
const SYSTEM_CA = '/etc/ssl/certs/ca-certificates.crt';

/**
 * What a testbed's apt needs of this machine's configuration to reach the same mirrors.
 * A proxy's password comes along, where the address holds one: without it there would be no package.
 */
export async function carriedSettings(settings: AptSettings, mirror = ANY_MIRROR): Promise<AptSetting[]> {
  const dump = await dumped(settings);
  const carried = dump.filter(({ key, value }) => CARRIED.test(key) && !LEFT_OUT.test(key) && value !== '');
  const ours = (key: string): boolean =>
    settings.proxy === undefined ? key.toLowerCase() === HTTP_PROXY.toLowerCase() : PROXY.test(key);
  const others = carried.filter(({ key }) => !ours(key));
  const proxy = await httpProxy(dump, mirror, settings);
  const chosen = proxy ?? (settings.proxy === undefined ? null : DIRECT);
  return [
    ...(await systemCa(carried)),
    ...others,
    ...(chosen === null ? [] : [{ key: HTTP_PROXY, value: chosen }]),
    { key: 'Acquire::Languages', value: 'none' },
  ];
}

/** The HTTP proxy that this machine reaches its mirrors through; null: none. */
export async function presentProxy(settings: AptSettings): Promise<string | null> {
  return await httpProxy(await dumped(settings), settings.mirror ?? ANY_MIRROR, settings);
}

async function dumped(settings: AptSettings): Promise<AptSetting[]> {
  return parseDump(await apt(settings, 'apt-config', ['dump', '--format', '%F %V%n']));
}

/** Output of `apt-config dump --format '%F %V%n'`: name and value, each percent-encoded. */
export function parseDump(output: string): AptSetting[] {
  return output.split('\n').flatMap((line) => {
    const [key, value] = line.split(' ');
    return key === undefined || value === undefined ? [] : [{ key: decode(key), value: decode(value) }];
  });
}

/** The text of an apt.conf, the files of certificates replaced by what `caPath` gives for them. */
export function aptConf(settings: readonly AptSetting[], caPath: (file: string) => string): string {
  const lines = settings.map(({ key, value }) => `${key} "${CA_FILE.test(key) ? caPath(value) : value}";`);
  return `${lines.join('\n')}\n`;
}

/** The certificates' files that the settings name, each once. */
export function caFiles(settings: readonly AptSetting[]): string[] {
  return [...new Set(settings.filter(({ key }) => CA_FILE.test(key)).map(({ value }) => value))];
}

/** A testbed has no ca-certificates, nor what this machine's administrator added to them. */
async function systemCa(carried: readonly AptSetting[]): Promise<AptSetting[]> {
  if (carried.some(({ key }) => key.toLowerCase() === 'acquire::https::cainfo')) return [];
  return await access(SYSTEM_CA).then(
    () => [{ key: 'Acquire::https::CAInfo', value: SYSTEM_CA }],
    () => [],
  );
}

/** A quotation mark or a line break would end the value. No setting that we carry has a use for one. */
function decode(text: string): string {
  return text
    .replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
    .replace(/["\n]/g, '');
}
