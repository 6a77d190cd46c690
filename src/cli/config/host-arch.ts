import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Debian's names for what Node calls them. */
const DEBIAN_NAMES: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: 'i386',
  arm: 'armhf',
  ppc64: 'ppc64el',
  loong64: 'loong64',
};

/** This host's Debian architecture: dpkg's word, or where there is no dpkg, that of the processor. */
export async function hostArch(): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('dpkg', ['--print-architecture']);
    return stdout.trim();
  } catch {
    return DEBIAN_NAMES[process.arch] ?? process.arch;
  }
}
