import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * Removes a folder in which a testbed was unpacked. Its files may belong to the user's subordinate ids, so it takes
 * a user namespace where we are not root. Never crosses into another file system, whatever is mounted below.
 */
export async function removeTree(folder: string): Promise<void> {
  const remove = ['rm', '-rf', '--one-file-system', '--', folder];
  const [program = '', ...args] =
    process.getuid?.() === 0 ? remove : ['unshare', '--map-auto', '--map-root-user', ...remove];
  await promisify(execFile)(program, args);
}
