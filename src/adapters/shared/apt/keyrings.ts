import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { AptSettings } from './settings.js';
import { apt, type HostRelease } from './host-apt.js';

/** A file for apt's trusted.gpg.d. */
export interface KeyFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/**
 * The keys that sign the archive of a release: those that its entry names (Signed-By), else the distribution's
 * archive keyring, else all that this machine's apt trusts.
 */
export async function archiveKeys(own: HostRelease | null, settings: AptSettings): Promise<KeyFile[]> {
  const named = own === null ? null : signedBy(await readFile(own.entryFile, 'utf8').catch(() => ''), own);
  if (named?.includes('-----BEGIN') === true) return keyFiles([Buffer.from(embeddedKey(named))]);
  const paths = (named ?? '').split(/[\s,]+/).filter((word) => word.startsWith('/'));
  if (paths.length > 0) return keyFiles(await Promise.all(paths.map((path) => readFile(path))));
  const origin = (own?.origin ?? 'debian').toLowerCase();
  const keyring = await readFile(`/usr/share/keyrings/${origin}-archive-keyring.gpg`).catch(() => null);
  return keyring === null ? keyFiles(await trustedKeys(settings)) : keyFiles([keyring]);
}

/**
 * The value of Signed-By in a release's entry, from a file of sources.list(5) in either form; null where it has none.
 * A key may stand there itself.
 */
export function signedBy(file: string, { uri, release }: Pick<HostRelease, 'uri' | 'release'>): string | null {
  for (const stanza of file.split(/\n[ \t]*\n/)) {
    const field = (name: string): string => deb822Field(stanza, name) ?? '';
    const matches = words(field('URIs')).some((u) => u.replace(/\/+$/, '') === uri);
    if (matches && words(field('Suites')).includes(release)) return deb822Field(stanza, 'Signed-By');
  }
  for (const line of file.split('\n')) {
    const [, options = '', lineUri = '', suite] = /^deb(?:-src)?\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)/.exec(line) ?? [];
    if (lineUri.replace(/\/+$/, '') !== uri || suite !== release) continue;
    const value = /(?:^|\s)signed-by=(\S+)/i.exec(options)?.[1];
    if (value !== undefined) return value;
  }
  return null;
}

function deb822Field(stanza: string, name: string): string | null {
  const lines = stanza.split('\n').filter((line) => !line.startsWith('#'));
  const first = lines.findIndex((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`));
  if (first < 0) return null;
  const rest = lines.slice(first + 1);
  const end = rest.findIndex((line) => !/^[ \t]/.test(line));
  const continued = end < 0 ? rest : rest.slice(0, end);
  return [lines[first]?.slice(name.length + 1) ?? '', ...continued].join('\n').trim();
}

/** In deb822 an embedded key is indented, and a dot stands for a blank line. */
function embeddedKey(value: string): string {
  const lines = value.split('\n').map((line) => line.trim());
  return `${lines.map((line) => (line === '.' ? '' : line)).join('\n')}\n`;
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

async function trustedKeys(settings: AptSettings): Promise<Buffer[]> {
  const output = await apt(settings, 'apt-config', ['shell', 'parts', 'Dir::Etc::trustedparts/d']);
  const folder = /^parts='(.*)'$/m.exec(output)?.[1] ?? '/etc/apt/trusted.gpg.d';
  const names = (await readdir(folder).catch(() => [])).filter((name) => /\.(gpg|asc)$/.test(name));
  return await Promise.all(names.map((name) => readFile(join(folder, name))));
}

/** apt knows a key's form by the file's ending. */
function keyFiles(keys: readonly Buffer[]): KeyFile[] {
  return keys.map((bytes, i) => {
    const armoured = bytes.subarray(0, 5).toString('latin1') === '-----';
    return { name: `debci-archive-${i}.${armoured ? 'asc' : 'gpg'}`, bytes };
  });
}
