import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

/** What a client may take instead of the plain bytes, the best first. */
export const ENCODINGS = ['br', 'gzip'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** The kinds of files that a site has; others are not served. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};
const PACKED: ReadonlySet<string> = new Set(['.png', '.woff2']);

/** Below this, packing saves no network packet. */
const WORTH_PACKING_BYTES = 1024;
/** A larger file is not kept; pages are far smaller. */
const LARGEST_BYTES = 4 * 1024 ** 2;
const CAPACITY_BYTES = 64 * 1024 ** 2;

const pack: Readonly<Record<Encoding, (body: Buffer) => Promise<Buffer>>> = {
  br: (body) => promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
  gzip: promisify(gzip),
};

/** A file in memory. */
export class HotFile {
  readonly etag: string;
  /** As HTTP writes it. */
  readonly modified: string;
  readonly #packed = new Map<Encoding, Promise<Buffer>>();
  readonly #packs: boolean;

  constructor(
    readonly type: string,
    readonly body: Buffer,
    readonly version: string,
    modifiedMs: number,
    packs: boolean,
  ) {
    // Of the content: a page that was rendered anew and did not change is still known to the browser.
    this.etag = createHash('sha256').update(body).digest('base64url').slice(0, 27);
    this.modified = new Date(modifiedMs).toUTCString();
    this.#packs = packs && body.length >= WORTH_PACKING_BYTES;
  }

  /** At most; the packed forms are smaller than the plain one. */
  get bytes(): number {
    return 2 * this.body.length;
  }

  /** Whether it is worth while to send it packed. */
  get packs(): boolean {
    return this.#packs;
  }

  /** Packed once, when it is first asked for. */
  packed(encoding: Encoding): Promise<Buffer> {
    let packed = this.#packed.get(encoding);
    if (!packed) {
      packed = pack[encoding](this.body);
      this.#packed.set(encoding, packed);
    }
    return packed;
  }
}

/**
 * The files of a folder, those that are asked for often from memory. Each request looks whether the file is still the
 * one that was read, so that a page that was rendered anew is seen at once.
 */
export class HotFiles {
  /** The least recently used first. */
  readonly #files = new Map<string, HotFile>();
  readonly #looking = new Map<string, Promise<HotFile | null>>();
  #bytes = 0;

  constructor(
    private readonly root: string,
    private readonly capacityBytes = CAPACITY_BYTES,
  ) {}

  /** @param path below the root, decoded, beginning with a slash; one that ends with a slash is a folder's index.html. */
  get(path: string): Promise<HotFile | null> {
    // Those who ask for the same file at the same time share one look at it.
    let looking = this.#looking.get(path);
    if (!looking) {
      looking = this.#look(path).finally(() => this.#looking.delete(path));
      this.#looking.set(path, looking);
    }
    return looking;
  }

  async #look(path: string): Promise<HotFile | null> {
    const file = path.endsWith('/') ? `${path}index.html` : path;
    const type = TYPES[extname(file)];
    if (type === undefined || !isPlain(file)) return null;
    try {
      return await this.#current(file, type);
    } catch (error) {
      if (isAbsent(error)) return this.#drop(file);
      throw error;
    }
  }

  async #current(file: string, type: string): Promise<HotFile | null> {
    const place = join(this.root, file);
    const found = await stat(place);
    if (!found.isFile() || found.size > LARGEST_BYTES) return this.#drop(file);
    const version = `${found.ino}-${found.size}-${found.mtimeMs}`;
    const known = this.#files.get(file);
    if (known?.version === version) return this.#keep(file, known);
    const body = await readFile(place);
    return this.#keep(file, new HotFile(type, body, version, found.mtimeMs, !PACKED.has(extname(file))));
  }

  #keep(file: string, hot: HotFile): HotFile {
    this.#drop(file);
    this.#files.set(file, hot);
    this.#bytes += hot.bytes;
    for (const oldest of this.#files.keys()) {
      if (this.#bytes <= this.capacityBytes) break;
      this.#drop(oldest);
    }
    return hot;
  }

  #drop(file: string): null {
    this.#bytes -= this.#files.get(file)?.bytes ?? 0;
    this.#files.delete(file);
    return null;
  }
}

/** Every part of the path is a name of its own: none leads up, and none is hidden. */
function isPlain(file: string): boolean {
  return (
    !/[\0\\]/.test(file) &&
    file.startsWith('/') &&
    file
      .slice(1)
      .split('/')
      .every((part) => /^[^.]/.test(part))
  );
}

function isAbsent(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG';
}
