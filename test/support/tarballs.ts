import { gzipSync } from 'node:zlib';
import type { RunKey } from '../../src/domain/ports/artifact-store.js';

/**
 * Tarballs written block by block, so that every lie a header can tell can be told. Independent of what the code
 * under test uses to read and write them.
 */

export interface TarEntry {
  readonly name: string | Buffer;
  readonly content?: string | Uint8Array;
  /** One character, POSIX's type flag: `0` a file, `5` a folder, `1` a hard link, `2` a symbolic link … Default `0`. */
  readonly type?: string;
  readonly linkname?: string;
  /** Where it is not the length of the content. */
  readonly size?: number;
  /** The 12 bytes of the size's field, where they are to be odd. */
  readonly rawSize?: string;
  /** Seconds since 1970. */
  readonly mtime?: number;
  /** The 8 bytes of the format's name: `ustar\0` `00` unless told. */
  readonly magic?: string;
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`;
}

/** An entry's header, with its checksum. */
function header(entry: TarEntry, contentBytes: number): Buffer {
  const block = Buffer.alloc(512);
  Buffer.from(entry.name).copy(block, 0, 0, 100);
  block.write(octal(0o644, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(entry.rawSize ?? octal(entry.size ?? contentBytes, 12), 124, 'latin1');
  block.write(octal(entry.mtime ?? 1_700_000_000, 12), 136);
  block.write(' '.repeat(8), 148);
  block.write(entry.type ?? '0', 156);
  block.write(entry.linkname ?? '', 157);
  block.write(entry.magic ?? 'ustar\x0000', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 7)} `, 148);
  return block;
}

export function tar(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap((entry) => {
    const content = Buffer.from(entry.content ?? '');
    const padding = Buffer.alloc((512 - (content.byteLength % 512)) % 512);
    return [header(entry, content.byteLength), content, padding];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

export function tarGz(entries: readonly TarEntry[]): Buffer {
  return gzipSync(tar(entries));
}

/** A POSIX extended header for the entry that follows. */
export function pax(records: Readonly<Record<string, string>>): TarEntry {
  const content = Object.entries(records).map(([key, value]) => {
    const record = ` ${key}=${value}\n`;
    let bytes = Buffer.byteLength(record);
    bytes += String(bytes + String(bytes).length).length;
    return `${bytes}${record}`;
  });
  return { name: 'PaxHeader', type: 'x', content: content.join('') };
}

export const HELLO: RunKey = { runId: 7, package: 'hello', suite: 'unstable', arch: 'amd64' };
export const HELLO_FOLDER = 'autopkgtest-incoming/unstable/amd64/h/hello/7';
export const LOG_TEXT = 'autopkgtest: all is well\n';

/** What Debian's worker sends for HELLO, file by file; some replaced, or left out (null). */
export function resultFiles(changes: Readonly<Record<string, string | Buffer | null>> = {}): TarEntry[] {
  const files: Record<string, string | Buffer | null> = {
    'testpkg-version': 'hello 2.10-3\n',
    worker: 'worker-1\n',
    exitcode: '0\n',
    duration: '61\n',
    'log.gz': gzipSync(LOG_TEXT),
    ...changes,
  };
  return Object.entries(files).flatMap(([name, content]) =>
    content === null ? [] : [{ name: `${HELLO_FOLDER}/${name}`, content }],
  );
}

/** A result of HELLO that is as it should be. */
export function helloResult(changes: Readonly<Record<string, string | Buffer | null>> = {}): Buffer {
  return tarGz([{ name: `${HELLO_FOLDER}/`, type: '5' }, ...resultFiles(changes)]);
}
