import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { DEFAULT_CONFIG_DIR } from './config/config.js';
import { InvalidInputError } from '../domain/errors.js';
import type { ExtraAptSource } from '../domain/job.js';

const FILE = 'extra_apt_sources_list.yaml';

interface Entry {
  readonly entry: string;
  readonly allowedUsers: readonly string[];
  readonly signingKey: string | null;
}

function entryOf(value: unknown): Entry | null {
  if (typeof value !== 'object' || value === null) return null;
  const { entry, allowed_users: users, signing_key: key } = value as Record<string, unknown>;
  if (typeof entry !== 'string') return null;
  const allowedUsers = Array.isArray(users) ? users.map(String) : [];
  return { entry: entry.trim(), allowedUsers, signingKey: typeof key === 'string' ? key : null };
}

async function readEntries(dir: string): Promise<ReadonlyMap<string, Entry>> {
  const file = join(dir, FILE);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
    throw error;
  }
  const named = parse(text) as unknown;
  const entries = Object.entries(typeof named === 'object' && named !== null ? named : {});
  return new Map(
    entries.map(([name, value]) => {
      const entry = entryOf(value);
      if (entry !== null) return [name, entry];
      throw new InvalidInputError([
        { field: `${file}: ${name}`, value, allowed: 'a map with entry, and perhaps allowed_users and signing_key' },
      ]);
    }),
  );
}

/**
 * The named sources of the operator's extra_apt_sources_list.yaml (Debian's file and format).
 * @throws InvalidInputError for a name that is not there, or that the requestor may not use
 */
export async function extraAptSources(
  names: readonly string[],
  requestor: string,
  configDir = DEFAULT_CONFIG_DIR,
): Promise<ExtraAptSource[]> {
  if (names.length === 0) return [];
  const entries = await readEntries(configDir);
  return names.map((name) => {
    const entry = entries.get(name);
    const allowed = entry !== undefined && (entry.allowedUsers.length === 0 || entry.allowedUsers.includes(requestor));
    if (allowed) return { entry: entry.entry, signingKey: entry.signingKey };
    const mine = [...entries]
      .filter(([, { allowedUsers: u }]) => u.length === 0 || u.includes(requestor))
      .map(([n]) => n);
    throw new InvalidInputError([
      {
        field: 'extra-apt-sources',
        value: name,
        allowed:
          mine.length > 0
            ? `one of ${mine.join(', ')}`
            : `nothing: ${FILE} in ${configDir} names none for ${requestor}`,
      },
    ]);
  });
}
