import { execFileSync } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './temporary-folder.js';

/** A real disk of so many KiB, which fills up as real ones do; null where this process may not mount one. */
export async function smallDisk(kib: number): Promise<string | null> {
  const folder = await temporaryFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k`, 'tmpfs', folder], { stdio: 'pipe' });
  } catch (error) {
    if (process.env.CI === 'true') throw error;
    return null;
  }
  onTestFinished(() => void execFileSync('umount', [folder]));
  return folder;
}
