import { access, mkdir, open, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
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
