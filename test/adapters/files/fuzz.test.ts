import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/adapters/files/member-paths.js';
import { BrokenResultError } from '../../../src/domain/ports/artifact-store.js';
import { artifactFolders, type ArtifactFolders } from '../../support/artifact-folders.js';
import { FUZZ_CASES } from '../../support/fuzz.js';
import { HELLO_FOLDER, helloResult, pax, resultFiles, tar, tarGz, type TarEntry } from '../../support/tarballs.js';
import { fastDisk, listing } from '../../support/temporary-folder.js';

const VALID = helloResult({ summary: 'a  PASS\nb  FAIL stderr: c\n', trigger: 'x/1\n', 'testbed-packages': 'a\t1\n' });
const VALID_TAR = gunzipSync(VALID);

/** A tar with every kind of header that is allowed. */
const at = (path: string): string => `${HELLO_FOLDER}/${path}`;
const RICH_TAR = tar([
  { name: 'autopkgtest-incoming/', type: '5' },
  ...resultFiles(),
  { name: at('artifacts/'), type: '5' },
  pax({ path: at('artifacts/posix'), size: '3' }),
  { name: at('x'), content: 'abc' },
  { name: '././@LongLink', type: 'L', content: `${at('artifacts/gnu')}\0` },
  { name: at('y'), content: 'z'.repeat(700) },
  { name: 'global', type: 'g', content: '20 comment=xxxxxxxx\n' },
  { name: at('artifacts/last') },
]);
const limits = { ...DEFAULT_LIMITS, unpackedBytes: 1024 * 1024 };

/** Files that a result may leave: two below its run's folder, and nothing else anywhere. */
const RESULT_FILE = /^data\/autopkgtest(\/[a-z0-9][a-z0-9+.-]*){4}\/[1-9]\d*\/(log\.gz|artifacts\.tar\.gz)$/;

/** It is taken whole or refused, and either way nothing lies where it should not. True where it was taken. */
async function feed({ store, base }: ArtifactFolders, body: Uint8Array): Promise<boolean> {
  let taken = false;
  try {
    await (await store.receive(body)).commit();
    taken = true;
  } catch (error) {
    expect(error).toBeInstanceOf(BrokenResultError);
  }
  const files = (await listing(base)).filter((path) => !path.endsWith('/'));
  expect(files.filter((path) => !RESULT_FILE.test(path))).toEqual([]);
  return taken;
}

async function check(body: fc.Arbitrary<Uint8Array>, numRuns = FUZZ_CASES): Promise<number> {
  const folders = await artifactFolders({ limits }, fastDisk);
  let taken = 0;
  const property = fc.asyncProperty(body, async (bytes) => {
    if (await feed(folders, bytes)) taken += 1;
  });
  await fc.assert(property, { numRuns });
  expect(await listing(folders.stagingDir)).toEqual([]);
  return taken;
}

function packed(body: Uint8Array, times: number): Uint8Array {
  return times === 0 ? body : packed(gzipSync(body), times - 1);
}

function overwritten(original: Uint8Array, changes: readonly (readonly [number, number])[]): Buffer {
  const copy = Buffer.from(original);
  for (const [at, value] of changes) copy[at] = value;
  return copy;
}

function changesTo(original: Uint8Array, max: number): fc.Arbitrary<[number, number][]> {
  return fc.array(fc.tuple(fc.nat(original.byteLength - 1), fc.nat(255)), { minLength: 1, maxLength: max });
}

const HEADERS = Array.from({ length: RICH_TAR.byteLength / 512 }, (_, block) => 512 * block).filter(
  (at) => RICH_TAR.toString('latin1', at + 257, at + 262) === 'ustar',
);
/** Offsets of a header's fields, and bytes that mean something in them. */
const FIELDS = [0, 1, 99, 100, 108, 124, 125, 134, 135, 136, 156, 157, 345];
const TELLING = Buffer.from('\0 -01257KLgx\x80\x81\xff', 'latin1');
const headerChanges = fc.array(
  fc.tuple(
    fc
      .tuple(fc.constantFrom(...HEADERS), fc.oneof(fc.constantFrom(...FIELDS), fc.nat(511)))
      .map(([header, offset]) => header + offset),
    fc.oneof(fc.constantFrom(...TELLING), fc.nat(255)),
  ),
  { minLength: 1, maxLength: 4 },
);

/** Makes every header's checksum right again, as far as headers can still be found. */
function mended(damaged: Buffer): Buffer {
  for (let at = 0; at + 512 <= damaged.byteLength; at += 512) {
    const block = damaged.subarray(at, at + 512);
    if (block.toString('latin1', 257, 262) !== 'ustar') continue;
    block.write(' '.repeat(8), 148);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  }
  return damaged;
}

const hostileName = fc.oneof(
  fc.constantFrom('..', '.', '', 'log.gz', 'exitcode', 'artifacts', '\u0000', '\n', '/', 'x'.repeat(90)),
  fc.string({ maxLength: 10 }),
);
const hostilePath = fc
  .tuple(
    fc.constantFrom(`${HELLO_FOLDER}/`, `${HELLO_FOLDER}/artifacts/`, '', '/', '../', 'autopkgtest-incoming/'),
    fc.array(hostileName, { maxLength: 4 }),
  )
  .map(([folder, names]) => Buffer.from(folder + names.join('/')).subarray(0, 100));
const hostileEntry: fc.Arbitrary<TarEntry> = fc.record(
  {
    name: hostilePath,
    type: fc.constantFrom('0', '\0', '1', '2', '3', '5', '6', '7', 'x', 'g', 'L', 'K', 'S'),
    content: fc.oneof(fc.string(), fc.uint8Array({ maxLength: 2000 }), fc.constant('20 path=../../../x\n')),
    size: fc.oneof(
      fc.nat(3000),
      fc.maxSafeNat().map((size) => size % 0o77777777777),
    ),
    mtime: fc.nat(),
  },
  { requiredKeys: ['name'] },
);

describe('whatever comes as a result, it is taken whole or refused', () => {
  it('where it is noise', async () => {
    expect(await check(fc.uint8Array({ maxLength: 600 }))).toBe(0);
  });

  it('where it is packed noise', async () => {
    expect(await check(fc.uint8Array({ maxLength: 1500 }).map((bytes) => gzipSync(bytes)))).toBe(0);
  });

  it('where it is cut off', async () => {
    const cut = fc.nat(VALID.byteLength - 1).map((bytes) => VALID.subarray(0, bytes));
    expect(await check(cut)).toBe(0);
  });

  it('where bytes of it are changed', async () => {
    await check(changesTo(VALID, 5).map((changes) => overwritten(VALID, changes)));
  });

  it('where bytes of its tar are changed', async () => {
    await check(changesTo(VALID_TAR, 20).map((changes) => gzipSync(overwritten(VALID_TAR, changes))));
  });

  it('where bytes of its headers are changed and the checksums made right again', async () => {
    const taken = await check(headerChanges.map((changes) => gzipSync(mended(overwritten(RICH_TAR, changes)))));
    // Many are taken (padding was changed, or a time), so the test reaches deep into the reader.
    expect(taken).toBeGreaterThan(0);
  });

  it('where blocks of its tar are left out, doubled or swapped', async () => {
    const blocks = VALID_TAR.byteLength / 512;
    const order = fc.array(fc.nat(blocks - 1), { maxLength: 2 * blocks });
    const block = (n: number): Buffer => VALID_TAR.subarray(512 * n, 512 * (n + 1));
    await check(order.map((numbers) => gzipSync(Buffer.concat(numbers.map(block)))));
  });

  it('where hostile entries surround those of a result', async () => {
    const around = fc.tuple(fc.array(hostileEntry, { maxLength: 3 }), fc.array(hostileEntry, { maxLength: 3 }));
    const taken = await check(around.map(([before, after]) => tarGz([...before, ...resultFiles(), ...after])));
    expect(taken).toBeGreaterThan(0);
  });

  it('where it is packed again, or holds other results and tarballs, which stay packed', async () => {
    const tarballs = fc.oneof(fc.constant(VALID), fc.array(hostileEntry).map(tarGz));
    const nested = fc.oneof(tarballs, fc.constant(VALID_TAR));
    const again = fc.tuple(tarballs, fc.integer({ min: 1, max: 3 })).map(([body, times]) => packed(body, times));
    expect(await check(again)).toBe(0);
    const names = fc.constantFrom('artifacts/x.tar.gz', 'artifacts/debci/1/log.gz', 'log.gz', 'artifacts.tar.gz', 'x');
    const holding = fc.tuple(names, nested).map(([name, content]) => helloResult({ [name]: Buffer.from(content) }));
    expect(await check(holding)).toBeGreaterThan(0);
  });

  it('where it is small and unpacks to more than may be', async () => {
    const sizes = fc.integer({ min: limits.unpackedBytes, max: 4 * limits.unpackedBytes });
    const huge = fc.tuple(fc.constantFrom('x', 'artifacts/x', 'summary', 'trigger'), sizes);
    expect(
      await check(
        huge.map(([name, size]) => helloResult({ [name]: Buffer.alloc(size) })),
        30,
      ),
    ).toBe(0);
  });

  it('where there is a tail behind the tarball', async () => {
    await check(fc.uint8Array({ maxLength: 600 }).map((tail) => Buffer.concat([VALID, tail])));
    await check(fc.uint8Array({ maxLength: 1500 }).map((tail) => gzipSync(Buffer.concat([tar(resultFiles()), tail]))));
  });
});
