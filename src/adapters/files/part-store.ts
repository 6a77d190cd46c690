import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { ArtifactsUnavailableError, BrokenResultError } from '../../domain/ports/artifact-store.js';
import type { Clock } from '../../domain/ports/clock.js';
import type { PartKey, PartStore, WholeResult } from '../../domain/ports/part-store.js';
import { makeFolder, syncFolder, writeWhole } from './durable.js';
import { translated } from './translated.js';

export interface FilePartStoreOptions {
  readonly folder: string;
  readonly clock: Clock;
  /** Bytes that incomplete results may take together. */
  readonly maxBytes?: number;
  /** How many results may be incomplete at once. */
  readonly maxOpen?: number;
  /** How long the next part of a result may take, while this store is open: meanwhile parts may wait at the broker. */
  readonly patienceMs?: number;
}

const DEFAULTS = { maxBytes: 2 * 1024 ** 3, maxOpen: 256, patienceMs: 60 * 60 * 1000 };

/** An incomplete result: a folder with a file a part. */
interface Open {
  readonly folder: string;
  readonly bytes: number;
  /** When its last part came, by our clock. */
  readonly touched: number;
}

/** Parts as files: `<SHA-256 of the whole>-<count>/<index>`. All that is known is what lies there, so a restart forgets nothing. */
export class FilePartStore implements PartStore {
  readonly #options: Required<FilePartStoreOptions>;
  readonly #openedAt: number;

  private constructor(options: FilePartStoreOptions) {
    this.#options = { ...DEFAULTS, ...options };
    this.#openedAt = options.clock.now().getTime();
  }

  /** Makes the folder if need be. @throws ArtifactsUnavailableError */
  static open(options: FilePartStoreOptions): Promise<FilePartStore> {
    return translated(ArtifactsUnavailableError, 'cannot open the store of parts', async () => {
      await makeFolder(options.folder);
      return new FilePartStore(options);
    });
  }

  add({ sha256, index, count }: PartKey, body: Uint8Array): Promise<WholeResult | null> {
    const folder = this.#folderOf({ sha256, count });
    return translated(ArtifactsUnavailableError, 'cannot store a part of a result', async () => {
      await this.#makeRoom(folder, body.byteLength);
      await makeFolder(folder);
      await writeWhole(folder, String(index), [body]);
      const now = this.#options.clock.now();
      await utimes(folder, now, now);
      const there = new Set(await readdir(folder));
      const files = Array.from({ length: count }, (_, n) => String(n + 1));
      if (!files.every((file) => there.has(file))) return null;
      return this.#whole(folder, files, sha256);
    });
  }

  forget(key: PartKey): Promise<void> {
    return translated(ArtifactsUnavailableError, 'cannot remove the parts of a result', () =>
      this.#remove(this.#folderOf(key)),
    );
  }

  #folderOf({ sha256, count }: Pick<PartKey, 'sha256' | 'count'>): string {
    return path.join(this.#options.folder, `${sha256}-${count}`);
  }

  async #whole(folder: string, files: readonly string[], sha256: string): Promise<WholeResult> {
    const content = (): AsyncIterable<Uint8Array> => concatenated(files.map((file) => path.join(folder, file)));
    const forget = (): Promise<void> =>
      translated(ArtifactsUnavailableError, 'cannot remove the parts of a result', () => this.#remove(folder));
    const hash = createHash('sha256');
    for await (const chunk of content()) hash.update(chunk);
    if (hash.digest('hex') === sha256) return { content, forget };
    await forget();
    throw new BrokenResultError(`the ${files.length} parts of a result do not make up what they should`);
  }

  /** Forgets what has waited too long, and the oldest where there is no room for what comes. */
  async #makeRoom(except: string, bytes: number): Promise<void> {
    const { clock, maxBytes, maxOpen, patienceMs } = this.#options;
    const now = clock.now().getTime();
    const open = await this.#others(except);
    let kept = open.length + 1;
    let total = open.reduce((sum, one) => sum + one.bytes, bytes);
    for (const one of open.sort((a, b) => a.touched - b.touched)) {
      if (kept <= maxOpen && total <= maxBytes && now - Math.max(one.touched, this.#openedAt) <= patienceMs) return;
      await this.#remove(one.folder);
      kept -= 1;
      total -= one.bytes;
    }
  }

  async #others(except: string): Promise<Open[]> {
    const folders = (await readdir(this.#options.folder)).map((name) => path.join(this.#options.folder, name));
    return Promise.all(folders.filter((folder) => folder !== except).map(measure));
  }

  async #remove(folder: string): Promise<void> {
    await rm(folder, { recursive: true, force: true });
    await syncFolder(this.#options.folder);
  }
}

async function measure(folder: string): Promise<Open> {
  const names = await readdir(folder).catch(() => []);
  const found = await Promise.all(names.map((name) => stat(path.join(folder, name)).catch(() => null)));
  const touched = await stat(folder).then(
    (own) => own.mtimeMs,
    () => 0,
  );
  return { folder, bytes: found.reduce((sum, one) => sum + (one?.size ?? 0), 0), touched };
}

async function* concatenated(files: readonly string[]): AsyncGenerator<Uint8Array> {
  try {
    for (const file of files) yield* createReadStream(file) as AsyncIterable<Uint8Array>;
  } catch (cause) {
    throw new ArtifactsUnavailableError('the parts of a result cannot be read', { cause });
  }
}
