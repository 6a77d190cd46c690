import { open, readFile } from 'node:fs/promises';

/**
 * The key of a local instance: who can read the file (0600, in the state folder) may do what the instance may.
 * @param make gives a new one where there is none yet
 */
export async function localKey(path: string, make: () => string): Promise<string> {
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(`${make()}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return (await readFile(path, 'utf8')).trim();
}
