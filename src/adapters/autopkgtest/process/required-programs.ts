import { access, constants } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';

import { MissingProgramError } from '../../../domain/ports/testbed.js';

/** Programs, by name or whole path, each with the Debian package that brings it. */
export type Programs = Readonly<Record<string, string>>;

/** @throws MissingProgramError that names all that are missing at once. */
export async function requirePrograms(programs: Programs, path: string): Promise<void> {
  const missing: string[] = [];
  for (const program of Object.keys(programs)) if (!(await isInstalled(program, path))) missing.push(program);
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((program) => programs[program]))];
  throw new MissingProgramError(
    `not installed: ${missing.join(', ')}; to be found in: apt install ${packages.join(' ')}`,
  );
}

async function isInstalled(program: string, path: string): Promise<boolean> {
  const places = isAbsolute(program) ? [program] : path.split(':').map((folder) => join(folder, program));
  for (const place of places) {
    const found = await access(place, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
}
