import { open, type FileHandle } from 'node:fs/promises';

const BUFFER_BYTES = 256 * 1024;

/** A file that is written once, front to back. Small writes are gathered, so that a small file is one write. */
export class StagedFile {
  readonly #handle: FileHandle;
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  #bytes = 0;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  static async create(path: string): Promise<StagedFile> {
    return new StagedFile(await open(path, 'wx'));
  }

  get bytes(): number {
    return this.#bytes;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#gathered.push(chunk);
    this.#gatheredBytes += chunk.byteLength;
    this.#bytes += chunk.byteLength;
    if (this.#gatheredBytes >= BUFFER_BYTES) await this.#flush();
  }

  /** Writes what is left, and makes the content durable. */
  async sync(): Promise<void> {
    await this.#flush();
    await this.#handle.datasync();
  }

  /** Safe to repeat. */
  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #flush(): Promise<void> {
    const all = Buffer.concat(this.#gathered);
    this.#gathered = [];
    this.#gatheredBytes = 0;
    if (all.byteLength > 0) await this.#handle.writeFile(all);
  }
}
