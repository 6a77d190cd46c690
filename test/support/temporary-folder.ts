import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

const MEMORY = '/dev/shm';

/** A disk in memory where there is one: for tests that write thousands of files, and would wait for each of them. */
export const fastDisk = existsSync(MEMORY) ? MEMORY : tmpdir();

/** A new empty folder that goes when the test ends. */
export async function temporaryFolder(parent = tmpdir()): Promise<string> {
  const folder = await mkdtemp(path.join(parent, 'debci-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The paths of all that lies below a folder, sorted; folders end in `/`. */
export async function listing(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.map((entry) => {
    const below = path.relative(folder, path.join(entry.parentPath, entry.name));
    return entry.isDirectory() ? `${below}/` : below;
  });
  return paths.sort();
}
