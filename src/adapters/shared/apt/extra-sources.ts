import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { ExtraAptSource } from '../../../domain/job.js';

const ENTRY = /^deb(-src)?[ \t]+[^\s\p{Cc}][^\p{Cc}]*$/u;
const ARMOUR = '-----BEGIN PGP PUBLIC KEY BLOCK-----';
const BASE64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/;

/** apt knows a key's form by the file's ending. */
export interface SigningKey {
  readonly ending: 'asc' | 'gpg';
  readonly bytes: Buffer;
}

/** The lines of an entry, blank ones left out; null where one is no apt entry. */
export function sourceLines(entry: string): string[] | null {
  const lines = entry
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines.length > 0 && lines.every((line) => ENTRY.test(line)) ? lines : null;
}

/** Reads a public key, armoured or in base64 (which may hold an armoured one); null where it is neither. */
export function readSigningKey(text: string): SigningKey | null {
  if (text.trimStart().startsWith(ARMOUR)) return { ending: 'asc', bytes: Buffer.from(text.trimStart()) };
  if (!BASE64.test(text)) return null;
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length === 0) return null;
  return { ending: bytes.subarray(0, ARMOUR.length).toString('latin1') === ARMOUR ? 'asc' : 'gpg', bytes };
}

/** Writes the sources' keys into a folder, and gives their names in it. The keys must have passed the rules. */
export async function writeKeys(sources: readonly ExtraAptSource[], folder: string): Promise<string[]> {
  const names: string[] = [];
  for (const { signingKey } of sources) {
    const key = signingKey === null ? null : readSigningKey(signingKey);
    if (key === null) continue;
    const name = `debci-extra-${names.length}.${key.ending}`;
    await writeFile(join(folder, name), key.bytes);
    names.push(name);
  }
  return names;
}
