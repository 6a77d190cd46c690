import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { writeInto } from '../../shared/files.js';
import { aptConf, caFiles } from '../../shared/apt/apt-settings.js';
import type { AptView } from '../../shared/apt/apt-view.js';

const SETTINGS_FILE = 'etc/apt/apt.conf.d/90debci';

/**
 * Writes the files of a testbed's apt into a folder that has a testbed's layout.
 * @param caPath where its apt finds the copy of a file of certificates; `inside` is the copy's path in the layout
 */
export async function writeAptTree(
  folder: string,
  view: AptView,
  caPath: (file: string, inside: string) => string,
): Promise<void> {
  const files = caFiles(view.settings);
  const inside = (file: string): string => `/etc/apt/debci-ca-${files.indexOf(file)}.crt`;
  for (const file of files) await copyInto(folder, inside(file), file);
  for (const { name, bytes } of view.keys) await writeInto(folder, `etc/apt/trusted.gpg.d/${name}`, bytes);
  await writeInto(
    folder,
    SETTINGS_FILE,
    aptConf(view.settings, (file) => caPath(file, inside(file))),
  );
}

async function copyInto(folder: string, path: string, from: string): Promise<void> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await copyFile(from, file);
}
