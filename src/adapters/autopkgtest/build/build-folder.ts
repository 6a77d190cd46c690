import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { userInfo } from 'node:os';

import type { AptView } from '../../shared/apt/apt-view.js';
import { writeInto } from '../../shared/files.js';
import { writeAptTree } from './apt-tree.js';

/** What the programs of a build find in the folder that they start in. */

/** apt's files as apt outside of the testbed needs them, and as the testbed keeps them. */
export const OUTSIDE_TREE = 'outside';
export const TESTBED_TREE = 'testbed';
/** The testbed's sources.list. */
const SOURCES_FILE = 'sources.list';
/** Run by sh in a testbed: makes the user debci. */
export const USER_SCRIPT = 'user.sh';
/** schroot's entry of the testbed. */
export const SCHROOT_CONF = 'schroot.conf';

const MAKE_USER = 'id debci >/dev/null 2>&1 || useradd --create-home debci';

export interface FolderContent {
  readonly view: AptView;
  /** The testbed's name for schroot, and its file. */
  readonly schroot: { readonly name: string; readonly file: string };
}

export async function fillBuildFolder(folder: string, { view, schroot }: FolderContent): Promise<void> {
  // apt's unprivileged user reads there.
  await chmod(folder, 0o755);
  await writeAptTree(join(folder, OUTSIDE_TREE), view, (file) => file);
  await writeAptTree(join(folder, TESTBED_TREE), view, (_, inside) => inside);
  await writeInto(folder, SOURCES_FILE, `${view.sources.join('\n')}\n`);
  await writeInto(folder, USER_SCRIPT, `${MAKE_USER}\n`);
  await writeInto(folder, SCHROOT_CONF, schrootConf(schroot));
}

/**
 * What autopkgtest's builders read of their environment: sources and proxy of the testbed.
 * @param proxy as the worker reaches it; those builders translate its address themselves
 */
export function builderEnvironment(
  folder: string,
  suite: string,
  mirror: string,
  proxy: string | null,
): Record<string, string> {
  return {
    MIRROR: mirror,
    RELEASE: suite,
    AUTOPKGTEST_APT_SOURCES_FILE: join(folder, SOURCES_FILE),
    AUTOPKGTEST_SETUP_VM_POST_COMMAND: MAKE_USER,
    ...(proxy !== null && { AUTOPKGTEST_APT_PROXY: proxy }),
  };
}

/** schroot.conf(5). The testbed has its own users, of which the host's would take the place. */
function schrootConf({ name, file }: FolderContent['schroot']): string {
  const user = userInfo().username;
  const settings = {
    description: 'debci testbed',
    type: 'file',
    file,
    users: user,
    'root-users': user,
    profile: 'minimal',
    'setup.nssdatabases': '',
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
  return `[${name}]\n${lines.join('\n')}\n`;
}
