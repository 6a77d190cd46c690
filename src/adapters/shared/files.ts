import { access, mkdir, open, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** When a file was written last; null: it is not there. */
export function modifiedAt(path: string): Promise<Date | null> {
  return stat(path).then(
    ({ mtime }) => mtime,
    () => null,
  );
}

/** Writes a file below a folder, and the folders that lead to it. */
export async function writeInto(folder: string, path: string, content: string | Buffer): Promise<void> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}

/** A file's content, or a folder's entries, are on the disk when it resolves. */
export async function syncToDisk(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}
