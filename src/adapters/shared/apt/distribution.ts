import { readFile } from 'node:fs/promises';

import type { HostRelease } from './host-apt.js';

/** What os-release(5) says of this machine. */
export interface Distribution {
  /** Its ids in small letters (`debian`), the most fitting first. */
  readonly ids: readonly string[];
  /** Null on a distribution without releases. */
  readonly codename: string | null;
}

export async function readDistribution(): Promise<Distribution> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => readFile('/usr/lib/os-release', 'utf8'));
  return parseDistribution(text);
}

export function parseDistribution(text: string): Distribution {
  const value = (key: string): string => new RegExp(`^${key}=["']?([^"'\n]*)`, 'm').exec(text)?.[1] ?? '';
  const ids = `${value('ID')} ${value('ID_LIKE')}`.split(/\s+/).filter((id) => id !== '');
  const codename = value('VERSION_CODENAME');
  return { ids, codename: codename === '' ? null : codename };
}

/**
 * The release that this machine runs, among all that its apt uses: never another vendor's, whatever suite that names.
 * Where none has the distribution's code name (sid's os-release names testing), it is the distribution's first.
 */
export function ownRelease(releases: readonly HostRelease[], { ids, codename }: Distribution): HostRelease | null {
  const official = releases.filter(({ origin }) => ids.includes(origin.toLowerCase()));
  return official.find((r) => r.codename === codename || r.release === codename) ?? official[0] ?? null;
}
