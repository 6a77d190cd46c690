import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SYSTEM_PATH = '/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Shell scripts that stand for programs of Debian's in tests of how we start, watch and stop them.
 * @returns a PATH that has them first
 */
export function stubPrograms(folder: string, scripts: Readonly<Record<string, string>>): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  return `${folder}:${SYSTEM_PATH}`;
}
