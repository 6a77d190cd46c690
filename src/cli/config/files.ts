import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DebciError, InvalidInputError } from '../../domain/errors.js';
import type { Given } from './given.js';
import { parseAssignments } from './shell-assignments.js';

/** A configuration file is there, but cannot be read. */
export class ConfigUnreadableError extends DebciError {
  readonly code = 'E_CONFIG_UNREADABLE';
}

/** What the action gives, or null where there is no such file or folder. */
async function unlessAbsent<T>(path: string, action: () => Promise<T>): Promise<T | null> {
  try {
    return await action();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new ConfigUnreadableError(`${path} cannot be read`, { cause });
  }
}

async function readSettings(file: string): Promise<Given[]> {
  const text = await unlessAbsent(file, () => readFile(file, 'utf8'));
  return parseAssignments(text ?? '', file).map(({ name, value, line }) => ({
    name,
    value,
    source: `${file}:${line}`,
  }));
}

/**
 * All that debci.conf and then conf.d/*.conf say, in the shell's order of names.
 * @param mustExist the folder was named by somebody, so it has to be there.
 */
export async function readConfigFiles(dir: string, mustExist: boolean): Promise<Given[]> {
  if ((await unlessAbsent(dir, () => readdir(dir))) === null && mustExist) {
    throw new InvalidInputError([{ field: '--config', value: dir, allowed: 'a folder that exists' }]);
  }
  const dropIns = join(dir, 'conf.d');
  const names = (await unlessAbsent(dropIns, () => readdir(dropIns))) ?? [];
  const files = names.filter((name) => name.endsWith('.conf') && !name.startsWith('.')).sort();
  const settings = await Promise.all(
    [join(dir, 'debci.conf'), ...files.map((name) => join(dropIns, name))].map(readSettings),
  );
  return settings.flat();
}
