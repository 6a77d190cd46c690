import { homedir, userInfo } from 'node:os';

/** Debian's usual folders of programs, root's included, in the form of `PATH`. */
export const DEBIAN_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The variable that marks every process of one run: no other run has the same folder for temporary files. */
export const MARK = 'TMPDIR';

/**
 * What a program that runs hostile code may know: never debci's settings, Node's, or a secret of the worker's.
 * `tmpDir` must be the run's own.
 */
export function cleanEnvironment(path: string, tmpDir: string): Record<string, string> {
  const user = userInfo().username;
  return { PATH: path, HOME: homedir(), USER: user, LOGNAME: user, LANG: 'C.UTF-8', [MARK]: tmpDir };
}
