import { pipeline } from 'node:stream';
import { extract, type ExtractEvents, type Header } from 'tar-stream';
import { DebciError } from '../../domain/errors.js';
import { BrokenResultError, type RunKey, type Tarball } from '../../domain/ports/artifact-store.js';
import { gunzip } from './gzip.js';
import { parseIncomingFolder, RUN_FOLDER_PARTS } from './layout.js';
import { MemberPaths, type MemberKind, type ResultLimits } from './member-paths.js';
import { printable } from './printable.js';

/** A file or folder of a result. */
export interface Member {
  readonly run: RunKey;
  /** Below the run's folder, checked. */
  readonly path: string;
  readonly kind: MemberKind;
  readonly bytes: number;
  /** Seconds since 1970, as the tarball has it. */
  readonly mtime: number;
  /** Ends after exactly `bytes` bytes. What is not read is skipped. */
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * Reads a result tarball of an unknown sender, member by member, with flat memory. Writes nothing.
 *
 * Taken are regular files and folders of exactly one run, each name once. All else (links, devices, paths that leave
 * the run's folder, records that change what a header means) ends the reading, as does more than the limits allow;
 * and that as soon as it shows, without reading what comes behind.
 *
 * @throws BrokenResultError
 */
export async function* readResult(tarball: Tarball, limits: ResultLimits): AsyncGenerator<Member> {
  const checks = new MemberChecks(limits);
  for await (const entry of entries(tarball, limits)) {
    const member = checks.member(entry);
    if (member !== null) yield member;
    entry.resume();
  }
}

function broken(why: string, cause?: unknown): BrokenResultError {
  return new BrokenResultError(why, cause === undefined ? undefined : { cause });
}

/** Our errors pass: the limits', and those of a disk that the tarball is read from. */
function damaged(error: unknown): DebciError {
  if (error instanceof DebciError) return error;
  return broken(`the tarball is damaged: ${error instanceof Error ? error.message : String(error)}`, error);
}

async function* limited(chunks: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw broken(`the tarball unpacks to more than ${maxBytes} bytes`);
    yield chunk;
  }
}

type Entry = ExtractEvents['entry'][1];
type PaxHeader = Header & { readonly pax?: Readonly<Record<string, string>> | null };

/** Names as bytes: what encoding they have is decided here (`nameOf`). tar-stream's types do not know the option. */
const NAMES_AS_BYTES: object = { filenameEncoding: 'latin1' };

async function* entries(tarball: Tarball, limits: ResultLimits): AsyncGenerator<Entry> {
  const members = extract(NAMES_AS_BYTES);
  pipeline(limited(gunzip(tarball), limits.unpackedBytes), members, () => {
    // The iteration throws the same error.
  });
  try {
    yield* members;
  } catch (error) {
    throw damaged(error);
  }
}

async function* contentOf(entry: Entry, bytes: number): AsyncGenerator<Uint8Array> {
  let read = 0;
  try {
    for await (const chunk of entry as AsyncIterable<Uint8Array>) {
      read += chunk.byteLength;
      yield chunk;
    }
  } catch (error) {
    throw error instanceof DebciError ? error : broken('the tarball ends inside a file', error);
  }
  if (read !== bytes) throw broken('the tarball ends inside a file');
}

/** Records that only say more of what a header says already. Others (sparse files, links, attributes) mean trouble. */
const HARMLESS_PAX = new Set('path size mtime atime ctime uid gid uname gname comment charset hdrcharset'.split(' '));

function nameOf(header: PaxHeader): string {
  return header.pax?.path === undefined ? Buffer.from(header.name, 'latin1').toString('utf8') : header.name;
}

class MemberChecks {
  readonly #paths: MemberPaths;
  readonly #limits: ResultLimits;
  /** The names that lead to the run's folder, as far as members have told them. */
  readonly #leading: string[] = [];
  readonly #leadingSeen = new Set<string>();
  #run: RunKey | null = null;
  #declaredBytes = 0;

  constructor(limits: ResultLimits) {
    this.#limits = limits;
    this.#paths = new MemberPaths(limits);
  }

  /** Null for the run's folder itself and the folders that lead to it. */
  member(entry: Entry): Member | null {
    const header = entry.header as PaxHeader;
    const name = nameOf(header);
    const refuse = (why: string): BrokenResultError => broken(`${JSON.stringify(printable(name, 200))}: ${why}`);
    const kind = kindOf(header, refuse);
    const bytes = this.#bytesOf(header, kind, refuse);
    const path = this.#below(kind === 'directory' ? name.replace(/\/$/, '') : name, kind, refuse);
    if (path === null) return null;
    const refusal = this.#paths.refusal(path, kind);
    if (refusal !== null) throw refuse(refusal);
    const run = this.#run ?? this.#parseRun(refuse);
    const mtime = header.mtime.getTime() / 1000;
    return { run, path, kind, bytes, mtime, content: contentOf(entry, bytes) };
  }

  #bytesOf(header: Header, kind: MemberKind, refuse: Refuse): number {
    const bytes = header.size;
    // tar-stream gives null for a size that it cannot read, and would wait for it for ever.
    if (!Number.isSafeInteger(bytes)) throw refuse('its size is no number');
    if (kind === 'directory' && bytes !== 0) throw refuse('a folder with content');
    this.#declaredBytes += bytes;
    if (this.#declaredBytes > this.#limits.unpackedBytes) {
      throw refuse(`the tarball holds more than ${this.#limits.unpackedBytes} bytes`);
    }
    return bytes;
  }

  /** The path below the run's folder. */
  #below(path: string, kind: MemberKind, refuse: Refuse): string | null {
    const names = path.split('/');
    for (const [index, name] of names.slice(0, RUN_FOLDER_PARTS).entries()) {
      this.#leading[index] ??= name;
      if (this.#leading[index] !== name) throw refuse('not in the folder of one run');
    }
    if (names.length >= RUN_FOLDER_PARTS) this.#parseRun(refuse);
    if (names.length > RUN_FOLDER_PARTS) return names.slice(RUN_FOLDER_PARTS).join('/');
    if (kind !== 'directory') throw refuse('a file outside the folder of a run');
    if (this.#leadingSeen.has(path)) throw refuse('its name comes twice');
    this.#leadingSeen.add(path);
    return null;
  }

  #parseRun(refuse: Refuse): RunKey {
    this.#run ??= parseIncomingFolder(this.#leading);
    if (this.#run === null)
      throw refuse('not in a folder autopkgtest-incoming/<suite>/<arch>/<prefix>/<package>/<run id>');
    return this.#run;
  }
}

type Refuse = (why: string) => BrokenResultError;

function kindOf(header: PaxHeader, refuse: Refuse): MemberKind {
  const odd = Object.keys(header.pax ?? {}).find((key) => !HARMLESS_PAX.has(key));
  if (odd !== undefined) throw refuse(`an extended header ${JSON.stringify(printable(odd, 80))}`);
  if (header.type !== 'file' && header.type !== 'directory') throw refuse('neither a file nor a folder');
  // tar-stream gives null where there is none.
  if ((header.linkname as string | null) !== null) throw refuse('a link');
  return header.type;
}
