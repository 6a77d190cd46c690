import { once } from 'node:events';
import { pack } from 'tar-stream';
import { gzip } from './gzip.js';

const DIRECTORY_MODE = 0o755;
const FILE_MODE = 0o644;

/** Writes a tar.gz member by member, with flat memory. Owner, permissions and order are the same everywhere. */
export class TarGzWriter {
  readonly #pack = pack();
  readonly #written: Promise<void>;

  /** `take` gets the bytes as they come; the next ones wait until it resolves. */
  constructor(take: (chunk: Uint8Array) => Promise<void> | void) {
    this.#written = this.#drain(take);
    // Whoever adds the next member, or ends, is told.
    this.#written.catch(() => undefined);
  }

  directory(path: string, mtime: Date): void {
    this.#pack.entry({ name: path, type: 'directory', mode: DIRECTORY_MODE, mtime, ...OWNER });
  }

  /** `content` must give exactly `bytes` bytes. */
  async file(path: string, bytes: number, mtime: Date, content: AsyncIterable<Uint8Array>): Promise<void> {
    const entry = this.#pack.entry({ name: path, type: 'file', size: bytes, mode: FILE_MODE, mtime, ...OWNER });
    // Whatever goes wrong with an entry goes wrong with the whole, which `#written` tells.
    entry.on('error', () => undefined);
    for await (const chunk of content) {
      if (!entry.write(chunk)) await Promise.race([once(entry, 'drain'), this.#written]);
    }
    entry.end(null);
  }

  /** Resolves when all was taken. */
  async end(): Promise<void> {
    this.#pack.finalize();
    await this.#written;
  }

  /** Gives up; what was taken so far is no tar.gz. Safe to call at any time. */
  async abort(): Promise<void> {
    this.#pack.destroy();
    await this.#written.catch(() => undefined);
  }

  async #drain(take: (chunk: Uint8Array) => Promise<void> | void): Promise<void> {
    for await (const chunk of gzip(this.#pack as AsyncIterable<Uint8Array>)) await take(chunk);
  }
}

const OWNER = { uid: 0, gid: 0, uname: 'root', gname: 'root' };
