import { constants, createGzip, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/adapters/files/member-paths.js';
import { BrokenResultError } from '../../../src/domain/ports/artifact-store.js';
import { artifactFolders } from '../../support/artifact-folders.js';
import { HELLO_FOLDER, helloResult, pax, resultFiles, tar, tarGz, type TarEntry } from '../../support/tarballs.js';
import { listing } from '../../support/temporary-folder.js';

const at = (path: string): string => `${HELLO_FOLDER}/${path}`;
const link = { linkname: '/etc/passwd' };
const OTHER_RUN = resultFiles().map((file) => ({ ...file, name: String(file.name).replace('/7/', '/8/') }));

/** Each of them beside the files of a result that is as it should be. */
const HOSTILE: Record<string, readonly TarEntry[]> = {
  'a path that climbs out': [{ name: at('../8/x') }],
  'a path that climbs out at once': [{ name: '../x' }],
  'a path that climbs out and in again': [{ name: at('artifacts/../x') }],
  'a path that ends in ..': [{ name: at('artifacts/..'), type: '5' }],
  'a path with a dot': [{ name: at('./x') }],
  'a path with an empty name': [{ name: at('artifacts//x') }],
  'an absolute path': [{ name: `/${at('x')}` }],
  'an absolute path to a real file': [{ name: '/etc/passwd' }],
  'a file beside the incoming folder': [{ name: 'x' }],
  'a file in a folder on the way': [{ name: 'autopkgtest-incoming/unstable/x' }],
  'a file in place of the run folder': [{ name: HELLO_FOLDER }],
  'another tree': [{ name: 'etc/', type: '5' }],
  'a second run': OTHER_RUN,
  'a run of another suite': [{ name: at('x').replace('unstable', 'testing') }],
  'a hard link': [{ name: at('x'), type: '1', ...link }],
  'a symbolic link': [{ name: at('x'), type: '2', ...link }],
  'a symbolic link to a folder, then a file through it': [
    { name: at('out'), type: '2', linkname: '/tmp' },
    { name: at('out/x') },
  ],
  'a file that names a link target': [{ name: at('x'), ...link }],
  'a character device': [{ name: at('x'), type: '3' }],
  'a block device': [{ name: at('x'), type: '4' }],
  'a fifo': [{ name: at('x'), type: '6' }],
  'a contiguous file': [{ name: at('x'), type: '7' }],
  'a sparse file': [{ name: at('x'), type: 'S' }],
  'a multi-volume entry': [{ name: at('x'), type: 'M' }],
  'a volume label': [{ name: at('x'), type: 'V' }],
  'a type nobody knows': [{ name: at('x'), type: 'Z' }],
  'a folder with content': [{ name: at('x/'), type: '5', content: 'y'.repeat(600) }],
  'a file that ends in a slash': [{ name: at('x/'), content: 'y' }],
  'an unknown format': [{ name: at('x'), magic: 'evil\0\0' }],
  'an extended header that makes a link': [pax({ linkpath: '/etc/passwd' }), { name: at('x') }],
  'an extended header that moves a file out': [pax({ path: '../../x' }), { name: at('x') }],
  'an extended header that makes a path absolute': [pax({ path: '/etc/x' }), { name: at('x') }],
  'an extended header with a NUL in a path': [pax({ path: at('x\0y') }), { name: at('x') }],
  'an extended header with a negative size': [pax({ size: '-1' }), { name: at('x') }],
  'an extended header with a size that is none': [pax({ size: 'many' }), { name: at('x') }],
  'an extended header with a huge size': [pax({ size: '9'.repeat(30) }), { name: at('x') }],
  'an extended header with a sparse map': [pax({ 'GNU.sparse.name': '/etc/x' }), { name: at('x') }],
  'an extended header with attributes': [pax({ 'SCHILY.xattr.user.x': 'y' }), { name: at('x') }],
  'an extended header above any measure': [{ name: 'PaxHeader', type: 'x', size: 5_000_000 }, { name: at('x') }],
  'a long name that moves a file out': [{ name: '././@LongLink', type: 'L', content: '../x\0' }, { name: at('x') }],
  'a name twice': [{ name: at('x') }, { name: at('x') }],
  'a folder twice': [
    { name: at('x/'), type: '5' },
    { name: at('x/'), type: '5' },
  ],
  'the run folder twice': [
    { name: `${HELLO_FOLDER}/`, type: '5' },
    { name: `${HELLO_FOLDER}/`, type: '5' },
  ],
  'a name that differs only in how its letters are composed': [{ name: at('\u00e9') }, { name: at('e\u0301') }],
  'a log twice': [{ name: at('log.gz'), content: gzipSync('other') }],
  'a file below a file': [{ name: at('x') }, { name: at('x/y') }],
  'a file in place of a folder': [{ name: at('x/y') }, { name: at('x') }],
  'a folder in place of a file': [{ name: at('x') }, { name: at('x/'), type: '5' }],
  'a path that is nested too deep': [pax({ path: at('x/'.repeat(40) + 'y') }), { name: at('x') }],
  'a path that is too long': [pax({ path: at('x'.repeat(2000)) }), { name: at('x') }],
  'a file with a size that only its header has': [{ name: at('x'), size: 100_000 }],
  'a size that is no number': [{ name: at('x'), rawSize: '\x81' + '0'.repeat(11) }],
  'a negative size': [{ name: at('x'), rawSize: `${'\xff'.repeat(11)}\0` }],
  'a file above the cap': [{ name: at('x'), size: 0o7777777777 }],
};

/** Whatever it is, it is refused, and nothing is left anywhere. */
async function expectRefused(body: Uint8Array, limits = DEFAULT_LIMITS): Promise<BrokenResultError> {
  const { store, base } = await artifactFolders({ limits });
  const before = await listing(base);
  const error: unknown = await store.receive(body).then(
    () => null,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(BrokenResultError);
  expect(await listing(base)).toEqual(before);
  return error as BrokenResultError;
}

describe('a hostile result', () => {
  it('would be taken without what makes it hostile', async () => {
    const { store } = await artifactFolders();
    await (await store.receive(tarGz([...resultFiles(), { name: at('artifacts/x'), content: 'y' }]))).commit();
  });

  it.each(Object.entries(HOSTILE))('is refused for %s', async (_, entries) => {
    await expectRefused(tarGz([...resultFiles(), ...entries]));
  });

  it.each([
    ['a prefix of another package', 'autopkgtest-incoming/unstable/amd64/libh/hello/7'],
    ['a package that is none', 'autopkgtest-incoming/unstable/amd64/H/Hello/7'],
    ['a suite that is none', 'autopkgtest-incoming/UNSTABLE/amd64/h/hello/7'],
    ['an architecture that is none', 'autopkgtest-incoming/unstable/a.b/h/hello/7'],
    ['a run id of 0', 'autopkgtest-incoming/unstable/amd64/h/hello/0'],
    ['a run id with zeros before it', 'autopkgtest-incoming/unstable/amd64/h/hello/07'],
    ['a run id in other digits', 'autopkgtest-incoming/unstable/amd64/h/hello/0x7'],
    ['a run id above what a number holds', 'autopkgtest-incoming/unstable/amd64/h/hello/99999999999999999999'],
    ['another root', 'autopkgtest/unstable/amd64/h/hello/7'],
    ['a level too many', 'x/autopkgtest-incoming/unstable/amd64/h/hello/7'],
  ])('is refused for %s', async (_, folder) => {
    const moved = resultFiles().map((file) => ({ ...file, name: String(file.name).replace(HELLO_FOLDER, folder) }));
    await expectRefused(tarGz(moved));
  });

  it('is named in the refusal in a way that is safe to print', async () => {
    const error = await expectRefused(tarGz([{ name: at('\u001b[31m\u202e\n'), type: '2', ...link }]));
    expect(error.message).toMatch(/neither a file nor a folder/);
    expect(error.message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it('is refused where it is cut off, wherever that is', async () => {
    const whole = helloResult();
    for (let bytes = 0; bytes < whole.byteLength; bytes += 7) await expectRefused(whole.subarray(0, bytes));
  });

  it('is refused where its tar is cut off inside a file', async () => {
    const whole = tar(resultFiles());
    for (const bytes of [100, 511, 513, 700, 2 * 512 + 5]) await expectRefused(gzipSync(whole.subarray(0, bytes)));
  });
});

describe('names that are odd but harmless', () => {
  it.each([
    ['a newline', at('artifacts/a\nb')],
    ['bytes that are no UTF-8', Buffer.from(at('artifacts/\xff\xfe'), 'latin1')],
    ['letters beyond ASCII', at('artifacts/Größe-試験')],
    ['a backslash', at('artifacts/..\\..\\x')],
    ['a name like an option', at('--checkpoint-action=exec=sh')],
    ['a name of JavaScript', at('__proto__')],
  ])('are taken: %s', async (_, name) => {
    const { store, base, stagingDir } = await artifactFolders();
    await (await store.receive(tarGz([...resultFiles(), { name, content: 'x' }]))).commit();
    expect((await listing(base)).filter((path) => !path.endsWith('/'))).toHaveLength(2);
    expect(await listing(stagingDir)).toEqual([]);
  });

  it('are taken as a long name of GNU tar, and of POSIX', async () => {
    const { store } = await artifactFolders();
    const [gnu, posix] = [at(`artifacts/${'g'.repeat(300)}`), at(`artifacts/${'p'.repeat(300)}`)];
    const entries = [{ name: '././@LongLink', type: 'L', content: `${gnu}\0` }, { name: at('x') }];
    await store.receive(tarGz([...resultFiles(), ...entries, pax({ path: posix }), { name: at('x') }]));
  });

  it('are taken: the folders that lead to the run, before or after it', async () => {
    const { store } = await artifactFolders();
    const parents = ['autopkgtest-incoming/', 'autopkgtest-incoming/unstable/'].map((name) => ({ name, type: '5' }));
    await store.receive(tarGz([parents[0]!, ...resultFiles(), parents[1]!]));
  });
});

describe('a bomb', () => {
  const limits = { ...DEFAULT_LIMITS, unpackedBytes: 1_000_000, members: 100 };

  /** A tar of this many bytes, made without holding it. */
  async function zeros(head: Buffer, bytes: number): Promise<Buffer> {
    const gzip = createGzip({ level: constants.Z_BEST_SPEED });
    const packed: Buffer[] = [];
    const collected = (async () => {
      for await (const chunk of gzip as AsyncIterable<Buffer>) packed.push(chunk);
    })();
    gzip.write(head);
    const block = Buffer.alloc(1024 * 1024);
    for (let written = 0; written < bytes; written += block.byteLength) {
      if (!gzip.write(block)) await new Promise((resolve) => gzip.once('drain', resolve));
    }
    gzip.end();
    await collected;
    return Buffer.concat(packed);
  }

  it('of one large file is refused by its header', async () => {
    const body = tarGz([...resultFiles(), { name: at('x'), size: 2_000_000, content: 'x' }]);
    expect((await expectRefused(body, limits)).message).toMatch(/more than 1000000 bytes/);
  });

  it('of many files that are too large together is refused', async () => {
    const files = Array.from({ length: 30 }, (_, n) => ({ name: at(`x${n}`), content: Buffer.alloc(50_000) }));
    await expectRefused(tarGz([...resultFiles(), ...files]), limits);
  });

  it('of too many files is refused', async () => {
    const files = Array.from({ length: 101 }, (_, n) => ({ name: at(`x${n}`) }));
    expect((await expectRefused(tarGz([...resultFiles(), ...files]), limits)).message).toMatch(/more than 100 files/);
  });

  it('of folders that are only named on the way is refused', async () => {
    const files = Array.from({ length: 20 }, (_, n) => ({ name: at(`${n}/a/b/c/d/e/f`) }));
    await expectRefused(tarGz([...resultFiles(), ...files]), limits);
  });

  it('of nothing but the padding behind the last file is refused', async () => {
    await expectRefused(await zeros(tar(resultFiles()), 3_000_000), limits);
  });

  it('of extended headers is refused', async () => {
    const headers = Array.from({ length: 2000 }, () => pax({ comment: 'x'.repeat(900) }));
    await expectRefused(tarGz([...resultFiles(), ...headers, { name: at('x') }]), limits);
  });

  it('of 256 MB is refused without holding it', async () => {
    const bytes = 256 * 1024 ** 2;
    const body = await zeros(tar(resultFiles()), bytes);
    const { store } = await artifactFolders({ limits: { ...DEFAULT_LIMITS, unpackedBytes: bytes } });
    const before = process.memoryUsage.rss();
    let peak = before;
    const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 20);
    await expect(store.receive(body)).rejects.toThrow(BrokenResultError);
    clearInterval(watch);
    expect(peak - before).toBeLessThan(100 * 1024 * 1024);
  });
});
