import { constants } from 'node:fs';
import { lstat, open, opendir, type FileHandle } from 'node:fs/promises';
import { MemberPaths, type MemberKind, type ResultLimits } from './member-paths.js';

/** A file or folder that a run left, and that goes into its result. */
export interface OutputFile {
  /** Below the output folder, as it is named in the result. */
  readonly path: string;
  /** Where it lies: bytes, as its name need not be UTF-8. Null: it is gone, and an empty file stands for it. */
  readonly source: Buffer | null;
  readonly kind: MemberKind;
  readonly bytes: number;
  readonly mtime: Date;
}

/** Something that a run left and that does not go into its result. */
export interface LeftOut {
  readonly path: string;
  readonly why: string;
}

export interface Output {
  readonly files: readonly OutputFile[];
  readonly leftOut: readonly LeftOut[];
}

/** Debian drops these: their content is in the log, or in the package. At the top of the output folder only. */
const DROPPED = /-stdout$|-stderr$|^tests-tree$/;
/** Written by the packer. */
const OURS = new Set(['log', 'log.gz', 'exitcode', 'duration', 'worker', 'trigger']);

/**
 * All that autopkgtest left in its output folder, without what the packer writes itself, in the order of the names.
 * The folder is hostile: a test may have put anything there. No link is followed, nothing but regular files is opened.
 */
export async function collectOutput(outputDir: string, limits: ResultLimits, maxBytes: number): Promise<Output> {
  const walk = new Walk(limits);
  await walk.folder(Buffer.from(outputDir), '');
  walk.capTotal(maxBytes);
  return walk;
}

/** Opens a regular file for reading, following no link and waiting for nobody; null where it is none or not readable. */
export async function openRegular(file: string | Buffer): Promise<FileHandle | null> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(file, flags).catch(() => null);
  if (handle === null || (await handle.stat()).isFile()) return handle;
  await handle.close();
  return null;
}

type Stats = Awaited<ReturnType<typeof lstat>>;

/** What something is that is neither a file nor a folder; null for these two. */
function oddKind(stats: Stats): string | null {
  if (stats.isFile() || stats.isDirectory()) return null;
  if (stats.isSymbolicLink()) return 'a symbolic link';
  return stats.isFIFO() ? 'a fifo' : stats.isSocket() ? 'a socket' : 'a device';
}

class Walk implements Output {
  files: OutputFile[] = [];
  readonly leftOut: LeftOut[] = [];
  readonly #paths: MemberPaths;
  readonly #limits: ResultLimits;
  #seen = 0;

  constructor(limits: ResultLimits) {
    this.#limits = limits;
    this.#paths = new MemberPaths(limits);
  }

  async folder(source: Buffer, path: string): Promise<void> {
    for (const name of await this.#names(source, path)) {
      const text = name.toString('utf8');
      if (path === '' && (DROPPED.test(text) || OURS.has(text))) continue;
      await this.#add(Buffer.concat([source, SLASH, name]), path === '' ? text : `${path}/${text}`);
    }
  }

  /** Debian's cap: the largest go first, each replaced by an empty `F.removed-by-debci`. */
  capTotal(maxBytes: number): void {
    let total = this.files.reduce((sum, { bytes }) => sum + bytes, 0);
    const removed = new Set<OutputFile>();
    for (const file of this.files.toSorted((a, b) => b.bytes - a.bytes)) {
      if (total <= maxBytes) break;
      total -= file.bytes;
      removed.add(file);
    }
    this.files = this.files.flatMap((file) => (removed.has(file) ? this.#stub(file) : [file]));
  }

  #stub(file: OutputFile): OutputFile[] {
    const path = `${file.path}.removed-by-debci`;
    const refusal = this.#paths.refusal(path, 'file');
    this.#leaveOut(file.path, `${file.bytes} bytes, too many for a result`);
    return refusal === null ? [{ ...file, path, source: null, bytes: 0 }] : [];
  }

  async #add(source: Buffer, path: string): Promise<void> {
    const stats = await lstat(source).catch(() => null);
    if (stats === null) {
      this.#leaveOut(path, 'not readable');
      return;
    }
    const kind = stats.isDirectory() ? 'directory' : 'file';
    const refusal = oddKind(stats) ?? this.#paths.refusal(path, kind);
    if (refusal !== null) {
      this.#leaveOut(path, refusal);
      return;
    }
    this.files.push({ path, source, kind, bytes: kind === 'file' ? stats.size : 0, mtime: stats.mtime });
    if (kind === 'directory') await this.folder(source, path);
  }

  #leaveOut(path: string, why: string): void {
    this.leftOut.push({ path: path === '' ? '.' : path, why });
  }

  /** The names in a folder, sorted; no more in all than a result may hold. */
  async #names(source: Buffer, path: string): Promise<Buffer[]> {
    const names: Buffer[] = [];
    try {
      for await (const name of namesIn(source)) {
        this.#seen += 1;
        if (this.#seen > this.#limits.members) break;
        names.push(name);
      }
    } catch (error) {
      this.#leaveOut(path, `not readable (${String(error)})`);
    }
    if (this.#seen > this.#limits.members) this.#leaveOut(path, 'too many files; what comes behind is left out');
    return names.sort((a, b) => Buffer.compare(a, b));
  }
}

/** The names as bytes. Node gives them so; its types do not know. */
async function* namesIn(folder: Buffer): AsyncGenerator<Buffer> {
  const options = { encoding: 'buffer' } as unknown as { encoding: BufferEncoding };
  for await (const { name } of await opendir(folder, options)) yield name as unknown as Buffer;
}

const SLASH = Buffer.from('/');
