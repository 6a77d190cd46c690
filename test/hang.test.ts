import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { it } from 'vitest';
import { readResult } from '../src/adapters/files/result-tarball.js';
import { DEFAULT_LIMITS } from '../src/adapters/files/member-paths.js';
import { helloResult } from './support/tarballs.js';
const VALID = helloResult({ summary: 'a  PASS\nb  FAIL stderr: c\n', trigger: 'x/1\n', 'testbed-packages': 'a\t1\n' });
const VALID_TAR = gunzipSync(VALID);
function mended(damaged: Buffer): Buffer {
  for (let at = 0; at + 512 <= damaged.byteLength; at += 512) {
    const block = damaged.subarray(at, at + 512);
    if (block.toString('latin1', 257, 262) !== 'ustar') continue;
    block.write(' '.repeat(8), 148);
    const sum = block.reduce((t, b) => t + b, 0);
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  }
  return damaged;
}
it('hang', async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.nat(VALID_TAR.byteLength - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }), async (ch) => {
    const t = Buffer.from(VALID_TAR); for (const [a, v] of ch) t[a] = v;
    const b = gzipSync(mended(t));
    const work = (async () => { try { for await (const m of readResult(b, DEFAULT_LIMITS)) for await (const c of m.content) void c; } catch {} })();
    const r = await Promise.race([work.then(() => 'ok'), new Promise((r) => setTimeout(r, 1000, 'hang'))]);
    if (r === 'hang') { throw new Error('hang ' + JSON.stringify(ch.map(([a, v]) => [Math.floor(a / 512), a % 512, v]))); }
  }), { numRuns: 5000 });
}, 100000);
