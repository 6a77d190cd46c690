import type { TestbedTarget } from '../../../domain/ports/testbed.js';
import type { Programs } from '../process/required-programs.js';
import { OUTSIDE_TREE, TESTBED_TREE } from './build-folder.js';

export const MMDEBSTRAP: Programs = { mmdebstrap: 'mmdebstrap', newuidmap: 'uidmap' };

/** autopkgtest wants dpkg-dev to unpack the package's source, and takes eatmydata where it is to be had. */
const INCLUDED = 'dpkg-dev,eatmydata';

/**
 * mmdebstrap's command line, to be run in the build's folder.
 * Its unshare mode, also for root: a mount namespace of its own keeps this machine's mounts out of the testbed's
 * folder, so that a build that was killed can be removed; a process namespace ends all it started.
 * apt's lists stay in the testbed: a run then fetches only what changed, not the whole index.
 * @param target a tar file, packed as its ending says
 * @param options.users to be made in it
 */
export function mmdebstrapCommand(
  { suite, arch }: TestbedTarget,
  sources: readonly string[],
  target: string,
  { users = [] }: { readonly users?: readonly string[] } = {},
): [string, ...string[]] {
  return [
    'mmdebstrap',
    '--mode=unshare',
    '--format=tar',
    '--variant=minbase',
    `--architectures=${arch}`,
    `--include=${INCLUDED}`,
    `--keyring=${OUTSIDE_TREE}/etc/apt/trusted.gpg.d`,
    // The keys are those of the archive's entry; it need not look for others.
    '--skip=check/signed-by',
    '--skip=cleanup/apt/lists',
    `--setup-hook=sync-in ${OUTSIDE_TREE} /`,
    `--customize-hook=sync-in ${TESTBED_TREE} /`,
    ...users.map((user) => `--customize-hook=chroot "$1" useradd --create-home ${user}`),
    '--',
    suite,
    target,
    ...sources,
  ];
}
