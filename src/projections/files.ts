import { lstatSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const EXTENSION = '.sqlite';

/**
 * Where a read model lives: `read-model.sqlite` is a link to the file in use, `read-model-<n>.sqlite` beside it. A new one
 * is made beside it and takes its place in one step, the rename of a link. Each file has a `-wal` and `-shm` of its own,
 * so who has the old one open may go on reading it.
 *
 * While a collector runs, it writes the file in use, and only it may replace that. Another process, which made a new one,
 * offers it as `read-model.offer.sqlite`, a link too. New ones are made under a lock, one at a time: whatever other files
 * are there when that is taken, a crash left.
 */
export class ReadModelFiles {
  readonly #folder: string;
  readonly #stem: string;
  readonly #offer: string;

  /** @param path of the link. */
  constructor(readonly path: string) {
    this.#folder = dirname(path);
    this.#stem = basename(path, EXTENSION);
    this.#offer = this.#beside(`.offer${EXTENSION}`);
  }

  /** The file in use; null: none. A plain file, as older versions made it, is its own. */
  current(): string | null {
    return this.#target(this.path);
  }

  /** A name for a new file, when all that others left unfinished is cleared away. To be called under the rebuild lock. */
  fresh(): string {
    this.withdraw();
    const current = this.current();
    for (const file of this.#numbered()) if (file !== current) removeDatabase(file);
    const last = current === null ? 0 : (this.#numberOf(current) ?? 0);
    return this.#beside(`-${last + 1}${EXTENSION}`);
  }

  /** Puts a file in place of the one in use, which is removed. Those who have it open go on with it. */
  use(file: string): void {
    const before = this.current();
    this.#link(file, this.path);
    this.withdraw();
    if (before === null || before === file) return;
    if (before === this.path) removeCompanions(before);
    else removeDatabase(before);
  }

  /** Offers a file to the collector that writes the one in use. */
  offer(file: string): void {
    this.#link(file, this.#offer);
  }

  /** The file that is offered; null: none. */
  offered(): string | null {
    return this.#target(this.#offer);
  }

  withdraw(): void {
    rmSync(this.#offer, { force: true });
  }

  #beside(ending: string): string {
    return join(this.#folder, this.#stem + ending);
  }

  #target(path: string): string | null {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (!found) return null;
    return found.isSymbolicLink() ? join(this.#folder, readlinkSync(path)) : path;
  }

  #link(file: string, path: string): void {
    const temporary = `${path}.${process.pid}.new`;
    rmSync(temporary, { force: true });
    symlinkSync(basename(file), temporary);
    renameSync(temporary, path);
  }

  #numberOf(file: string): number | null {
    const name = basename(file);
    const digits = name.slice(this.#stem.length + 1, -EXTENSION.length);
    const ours = name.startsWith(`${this.#stem}-`) && name.endsWith(EXTENSION) && /^\d{1,15}$/.test(digits);
    return ours ? Number(digits) : null;
  }

  #numbered(): string[] {
    return readdirSync(this.#folder)
      .map((name) => join(this.#folder, name))
      .filter((file) => this.#numberOf(file) !== null);
  }
}

/** A database with what SQLite keeps beside it. */
export function removeDatabase(file: string): void {
  rmSync(file, { force: true });
  removeCompanions(file);
}

function removeCompanions(file: string): void {
  for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true });
}
