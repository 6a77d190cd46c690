import { createHash } from 'node:crypto';
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { InvalidInputError } from '../../domain/errors.js';
import type { Clock } from '../../domain/ports/clock.js';
import type { Logger } from '../../domain/ports/logger.js';
import type { Headers } from '../../domain/ports/message-bus.js';
import { SpoolError, type Spool, type SpoolEntry } from '../../domain/ports/spool.js';
import { makeFolder, sweep, syncFolder, writeWhole } from './durable.js';
import { translated } from './translated.js';

export interface FileSpoolOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;
const ENTRY = '.entry';
const DAMAGED = '.damaged';
const NEWLINE = 0x0a;

/** The first line of an entry's file, JSON; the body follows. */
interface Preamble {
  readonly headers: Headers;
  readonly sha256: string;
}

function sha256(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex');
}

/** The entry of a file; null where it is not what was written. */
function parse(name: string, content: Buffer): SpoolEntry | null {
  const end = content.indexOf(NEWLINE);
  try {
    const { headers, sha256: digest } = JSON.parse(content.toString('utf8', 0, end)) as Preamble;
    const body = content.subarray(end + 1);
    return end !== -1 && sha256(body) === digest ? { name, body, headers } : null;
  } catch {
    return null;
  }
}

/** A folder with one file an entry. */
export class FileSpool implements Spool {
  readonly #folder: string;
  readonly #logger: Logger;

  private constructor(options: FileSpoolOptions) {
    this.#folder = options.folder;
    this.#logger = options.logger;
  }

  /**
   * Makes the folder if need be, and clears it of what a crash left half-written.
   * @throws SpoolError
   */
  static open(options: FileSpoolOptions): Promise<FileSpool> {
    return translated(SpoolError, 'cannot open the spool', async () => {
      await makeFolder(options.folder);
      await sweep(options.folder, options.clock.now());
      return new FileSpool(options);
    });
  }

  async put(name: string, body: Uint8Array, headers: Headers): Promise<void> {
    const file = this.#fileName(name);
    const preamble: Preamble = { headers, sha256: sha256(body) };
    await translated(SpoolError, `cannot spool ${name}`, () =>
      writeWhole(this.#folder, file, [Buffer.from(`${JSON.stringify(preamble)}\n`), body]),
    );
  }

  async *entries(): AsyncGenerator<SpoolEntry> {
    for (const file of await translated(SpoolError, 'cannot read the spool', () => this.#files())) {
      const entry = await translated(SpoolError, `cannot read ${file} of the spool`, () => this.#read(file));
      if (entry !== null) yield entry;
    }
  }

  async remove(name: string): Promise<void> {
    const file = path.join(this.#folder, this.#fileName(name));
    await translated(SpoolError, `cannot remove ${name} from the spool`, async () => {
      await rm(file, { force: true });
      await syncFolder(this.#folder);
    });
  }

  #fileName(name: string): string {
    if (NAME.test(name)) return name + ENTRY;
    const allowed = '1 to 200 of a-z A-Z 0-9 . _ - beginning with a letter or digit';
    throw new InvalidInputError([{ field: 'spool entry', value: name, allowed }]);
  }

  /** Oldest first. */
  async #files(): Promise<string[]> {
    const names = (await readdir(this.#folder)).filter((name) => name.endsWith(ENTRY));
    const dated = await Promise.all(
      names.map(async (name) => ({ name, written: await writtenAt(path.join(this.#folder, name)) })),
    );
    return dated.sort((a, b) => a.written - b.written || (a.name < b.name ? -1 : 1)).map(({ name }) => name);
  }

  /** Null where it was removed meanwhile, or is damaged. */
  async #read(file: string): Promise<SpoolEntry | null> {
    const place = path.join(this.#folder, file);
    const content = await readFile(place).catch(gone);
    if (content === null) return null;
    const entry = parse(file.slice(0, -ENTRY.length), content);
    if (entry === null) {
      await rename(place, place + DAMAGED);
      this.#logger.error({ file: place + DAMAGED }, 'An entry of the spool is damaged and was put aside');
    }
    return entry;
  }
}

async function writtenAt(file: string): Promise<number> {
  return (await stat(file).catch(gone))?.mtimeMs ?? 0;
}

function gone(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}
