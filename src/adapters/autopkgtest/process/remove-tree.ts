import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/**
 * Removes a folder in which a testbed was unpacked. Its files may belong to the user's subordinate ids, which takes a
 * user namespace where we are not root. Never crosses into another file system, whatever is mounted below.
 */
export async function removeTree(folder: string): Promise<void> {
  const remove = ['-rf', '--one-file-system', '--', folder];
  await execute('rm', remove).catch(async (error: unknown) => {
    if (process.getuid?.() === 0) throw error;
    await execute('unshare', ['--map-auto', '--map-root-user', 'rm', ...remove]);
  });
}
