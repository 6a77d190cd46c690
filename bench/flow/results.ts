import { randomBytes } from 'node:crypto';
import { tarGz } from '../../test/support/tarballs.js';
import { packageOf } from './rig.js';

/** Random bytes do not get smaller: with them a result has 5 KB. */
const LOG = Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]), randomBytes(4_400)]);

/** A result of 5 KB as Debian's worker packs it. */
export function result(runId: number, { name = packageOf(runId), worker = 'bench' } = {}): Buffer {
  const folder = `autopkgtest-incoming/unstable/amd64/${name.slice(0, 1)}/${name}/${runId}`;
  const files: Readonly<Record<string, string | Buffer>> = {
    'testpkg-version': `${name} 2.10-3\n`,
    worker: `${worker}\n`,
    exitcode: '0\n',
    duration: '61\n',
    summary: 'upstream             PASS\n',
    'testbed-packages': 'base-files\t12.4\ndpkg\t1.21.22\nlibc6\t2.36-9\n',
    'log.gz': LOG,
  };
  return tarGz(Object.entries(files).map(([file, content]) => ({ name: `${folder}/${file}`, content })));
}
