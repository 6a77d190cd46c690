import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { expect, it } from 'vitest';

const PROGRAMS = ['autopkgtest', 'mmdebstrap', 'newuidmap', 'zstd', 'apt-get'];
const FOLDERS = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/**
 * Where real testbeds for tests are kept, so that they are built once in 12 hours and not once a run.
 * In the user's own cache: what lies there is unpacked and run by root.
 */
export const REAL_STATE_DIR = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'debci-tests');

/** What keeps tests from running real testbeds here; null where nothing does. */
export function missingForRealTestbeds(): string | null {
  if (process.getuid?.() !== 0) return 'needs root';
  const missing = PROGRAMS.filter((program) => !FOLDERS.some((folder) => isProgram(join(folder, program))));
  return missing.length === 0 ? null : `needs ${missing.join(', ')}`;
}

/** Tests on real testbeds. Where they cannot run they are skipped and say why; with CI=true that is a failure. */
export function onRealTestbeds(tests: () => void): void {
  const missing = missingForRealTestbeds();
  if (missing === null) {
    tests();
  } else if (process.env.CI === 'true') {
    it('can run real testbeds', () => {
      expect.fail(missing);
    });
  } else {
    it.skip(`real testbeds: ${missing}`);
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
