import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { cleanEnvironment } from '../process/environment.js';
import type { AptSetting, AptSettings } from './settings.js';

/** apt's word for no proxy. */
export const DIRECT = 'DIRECT';

export const HTTP_PROXY = 'Acquire::http::Proxy';
const AUTO_DETECT = /^Acquire::http::Proxy-?Auto-?Detect$/i;
const ADDRESS = /^https?:\/\/[^\s"'<>;]+$/;
/** apt-cacher-ng's own port. */
const APT_CACHER = 'http://127.0.0.1:3142';
const DETECT_TIMEOUT_MS = 30_000;
const PROBE_TIMEOUT_MS = 1_000;

/**
 * The HTTP proxy that reaches the mirrors: the operator's, else what this machine's apt is configured with, else what its
 * program to find one says (auto-apt-proxy), else an apt-cacher-ng on this machine.
 * @param configured this machine's apt settings
 * @param mirror what is to be reached
 * @returns null: none
 */
export async function httpProxy(
  configured: readonly AptSetting[],
  mirror: string,
  settings: AptSettings,
): Promise<string | null> {
  const value = (isKey: (key: string) => boolean): string | undefined =>
    configured.find(({ key, value: text }) => isKey(key) && text !== '')?.value;
  const chosen = settings.proxy ?? value((key) => key.toLowerCase() === HTTP_PROXY.toLowerCase());
  if (chosen !== undefined) return chosen === DIRECT ? null : chosen;
  const detector = value((key) => AUTO_DETECT.test(key));
  const detected = detector === undefined ? null : await detect(detector, mirror, settings);
  return detected === null ? await findAptCacher() : detected === DIRECT ? null : detected;
}

/** Asks the program as apt does (apt-transport-http(1)). What is no address is no answer. */
async function detect(program: string, mirror: string, { path, tmpDir }: AptSettings): Promise<string | null> {
  const env = cleanEnvironment(path, tmpDir);
  const answer = await promisify(execFile)(program, [mirror], { env, timeout: DETECT_TIMEOUT_MS }).then(
    ({ stdout }) => stdout.split('\n')[0]?.trim() ?? '',
    () => '',
  );
  return answer === DIRECT || ADDRESS.test(answer) ? answer : null;
}

/** apt-cacher-ng answers what is no archive's address with 406 and a page on its usage. */
export async function findAptCacher(address = APT_CACHER): Promise<string | null> {
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS), redirect: 'error' });
    await answer.body?.cancel();
    return answer.status === 406 && /usage information/i.test(answer.statusText) ? address : null;
  } catch {
    return null;
  }
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * A proxy's address for a testbed.
 * @param loopback this machine's loopback address as the testbed reaches it; null: not known
 * @returns null where the proxy is on this machine's loopback address, and the testbed's way there is not known
 */
export function seenFromTestbed(proxy: string, loopback: string | null): string | null {
  if (!URL.canParse(proxy)) return proxy;
  const url = new URL(proxy);
  if (!LOOPBACK.test(url.hostname)) return proxy;
  if (loopback === null) return null;
  url.hostname = loopback;
  return url.href.replace(/\/$/, '');
}
