import { closeSync, fdatasync, openSync, write, writeSync } from 'node:fs';
import { promisify } from 'node:util';

const BUFFER_BYTES = 256 * 1024;
const written = promisify(write);
const onDisk = promisify(fdatasync);

/**
 * A file that is written once, front to back. Small writes are gathered, so that a small file is one write.
 *
 * Opening, closing and the one write of a small file go to the kernel's memory: they are done at once, which is far
 * cheaper than to hand each of them to another thread. What may wait for the disk does not hold up the process.
 */
export class StagedFile {
  #fd: number | null;
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  #bytes = 0;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  static create(path: string): StagedFile {
    return new StagedFile(openSync(path, 'wx'));
  }

  get bytes(): number {
    return this.#bytes;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#gathered.push(chunk);
    this.#gatheredBytes += chunk.byteLength;
    this.#bytes += chunk.byteLength;
    if (this.#gatheredBytes < BUFFER_BYTES) return;
    const all = this.#takeGathered();
    for (let at = 0; at < all.byteLength;) at += (await written(this.#open(), all, at)).bytesWritten;
  }

  /** Writes what is left, and makes the content durable. */
  async sync(): Promise<void> {
    const all = this.#takeGathered();
    for (let at = 0; at < all.byteLength;) at += writeSync(this.#open(), all, at);
    await onDisk(this.#open());
  }

  /** Safe to repeat. */
  close(): void {
    const fd = this.#fd;
    this.#fd = null;
    if (fd !== null) closeSync(fd);
  }

  #takeGathered(): Buffer {
    const all = Buffer.concat(this.#gathered);
    this.#gathered = [];
    this.#gatheredBytes = 0;
    return all;
  }

  #open(): number {
    if (this.#fd === null) throw new Error('the file is closed');
    return this.#fd;
  }
}
