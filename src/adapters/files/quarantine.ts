import { createHash } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { makeFolder, writeWhole } from './durable.js';

const MAX_MESSAGES = 1_000;
const BODY = '.tar.gz';
const REASON = '.reason';

interface Kept {
  readonly stem: string;
  readonly bytes: number;
}

/** Messages that could not be used, for a person to look at: the newest, up to a total size. */
export class Quarantine {
  readonly #folder: string;
  readonly #maxBytes: number;
  /** One at a time, or two at once would not see each other's bytes. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(folder: string, maxBytes: number) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
  }

  /** Keeps a message; one that is there already (it was delivered again) is not kept twice. Gives the path. */
  keep(body: Uint8Array, reason: string, now: Date): Promise<string> {
    const kept = this.#last.then(() => this.#keep(body, reason, now));
    this.#last = kept.catch(() => undefined);
    return kept;
  }

  async #keep(body: Uint8Array, reason: string, now: Date): Promise<string> {
    await makeFolder(this.#folder);
    const digest = createHash('sha256').update(body).digest('hex').slice(0, 16);
    const before = await this.#list();
    const same = before.find(({ stem }) => stem.endsWith(`-${digest}`));
    if (same !== undefined) return path.join(this.#folder, same.stem + BODY);
    // One message above the cap is kept as far as it goes: its head tells the most.
    const head = body.subarray(0, this.#maxBytes);
    await this.#makeRoom(before, head.byteLength);
    const stem = `${now.toISOString().replaceAll(':', '')}-${digest}`;
    await writeWhole(this.#folder, stem + REASON, [Buffer.from(`${reason}\n${body.byteLength} bytes\n`)]);
    return writeWhole(this.#folder, stem + BODY, [head]);
  }

  /** Oldest first: the names begin with the time. */
  async #list(): Promise<Kept[]> {
    const names = (await readdir(this.#folder)).filter((name) => name.endsWith(BODY)).sort();
    const sizes = names.map(async (name) => (await stat(path.join(this.#folder, name))).size);
    const bytes = await Promise.all(sizes);
    return names.map((name, index) => ({ stem: name.slice(0, -BODY.length), bytes: bytes[index] ?? 0 }));
  }

  async #makeRoom(kept: readonly Kept[], needed: number): Promise<void> {
    let total = needed + kept.reduce((sum, { bytes }) => sum + bytes, 0);
    let count = kept.length + 1;
    for (const { stem, bytes } of kept) {
      if (total <= this.#maxBytes && count <= MAX_MESSAGES) return;
      await rm(path.join(this.#folder, stem + BODY), { force: true });
      await rm(path.join(this.#folder, stem + REASON), { force: true });
      total -= bytes;
      count -= 1;
    }
  }
}
