import { once } from 'node:events';
import { pack, type Header } from 'tar-stream';
import { gzip } from './gzip.js';

type Entry = ReturnType<ReturnType<typeof pack>['entry']>;

const DIRECTORY_MODE = 0o755;
const FILE_MODE = 0o644;
const OWNER = { uid: 0, gid: 0, uname: 'root', gname: 'root' };

/** Writes a tar.gz member by member, with flat memory. Owner and permissions are the same for all. */
export class TarGzWriter {
  readonly #pack = pack();
  readonly #written: Promise<void>;

  /** `take` gets the bytes as they come; the next ones wait until it resolves. */
  constructor(take: (chunk: Uint8Array) => Promise<void> | void) {
    this.#written = this.#drain(take);
    // Whoever adds a member, or ends, is told.
    this.#written.catch(() => undefined);
  }

  async directory(path: string, mtime: Date): Promise<void> {
    const { ended } = this.#entry({ name: `${path}/`, type: 'directory', mode: DIRECTORY_MODE, mtime });
    await this.#whole(ended);
  }

  /** `content` must give exactly `bytes` bytes. */
  async file(path: string, bytes: number, mtime: Date, content: AsyncIterable<Uint8Array>): Promise<void> {
    const { entry, ended } = this.#entry({ name: path, type: 'file', size: bytes, mode: FILE_MODE, mtime });
    for await (const chunk of content) {
      if (!entry.write(chunk)) await Promise.race([once(entry, 'drain'), ended]);
    }
    entry.end(null);
    await this.#whole(ended);
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

  /** `ended` resolves when the entry has been passed on, or broke: then with the error. */
  #entry(header: Pick<Header, 'name'> & Partial<Header>): { entry: Entry; ended: Promise<Error | null> } {
    let end: (error: Error | null) => void = () => undefined;
    const ended = new Promise<Error | null>((resolve) => (end = resolve));
    const entry = this.#pack.entry({ ...header, ...OWNER }, (error) => {
      end(error ?? null);
    });
    entry.on('error', end);
    return { entry, ended };
  }

  /** Waits for an entry, so that no more than one is held. What breaks it is told by its cause: that nobody could take the bytes. */
  async #whole(ended: Promise<Error | null>): Promise<void> {
    const error = await ended;
    if (error === null) return;
    await this.#written;
    throw error;
  }

  async #drain(take: (chunk: Uint8Array) => Promise<void> | void): Promise<void> {
    for await (const chunk of gzip(this.#pack as AsyncIterable<Uint8Array>)) await take(chunk);
  }
}
