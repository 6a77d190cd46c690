import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { copyListed, filesBelow, restoreListed, type ListedFile } from '../../adapters/files/file-tree.js';
import { readLines, writeLines } from '../../adapters/files/line-file.js';
import { backUpLog } from '../../adapters/sqlite/backup.js';
import { SqliteEventStore } from '../../adapters/sqlite/event-store.js';
import { copyLog } from '../../application/log/copy.js';
import { totalsOf, type Totals } from '../../application/log/lines.js';
import { DebciError } from '../../domain/errors.js';
import type { EventStore } from '../../domain/ports/event-store.js';
import type { Config } from '../config/config.js';
import { sqliteFile } from '../config/state.js';
import type { Watched } from '../watch.js';

/** There is no whole backup in this folder. */
export class NoBackupError extends DebciError {
  readonly code = 'E_NO_BACKUP';
}

/**
 * A folder with a backup:
 *
 *     backup.json    what is in it; written last, so that what has it is whole
 *     log.sqlite     the log
 *     files.jsonl.gz each file: path, bytes, time, SHA-256
 *     files/         the files, as they lie in the data folder
 */
const PARTS = { about: 'backup.json', log: 'log.sqlite', list: 'files.jsonl.gz', files: 'files' };

/** What of the data folder cannot be made again: results, and those that could not be read. */
const KEPT = ['autopkgtest', 'state/quarantine'];

export interface About {
  readonly version: 1;
  /** ISO 8601. */
  readonly begunAt: string;
  readonly log: Totals;
  readonly files: { readonly count: number; readonly bytes: number };
}

/**
 * Backs up log and files into a folder, while all goes on. The log comes first: files are in place before the log tells
 * of them, so every run of the backup's log has its files in it. Where the folder holds an older backup, only what is new
 * is copied.
 */
export async function backUp(config: Config, folder: string, log: EventStore, work: Watched): Promise<About> {
  await mkdir(join(folder, PARTS.files), { recursive: true, mode: 0o700 });
  const begunAt = new Date().toISOString();
  const totals = await backUpEvents(config, join(folder, PARTS.log), log, work);
  const files = { count: 0, bytes: 0 };
  const known = await knownFiles(folder);
  const lines = async function* (): AsyncGenerator<string> {
    for (const top of KEPT) {
      for await (const path of filesBelow(config.data_basedir, top)) {
        work.signal.throwIfAborted();
        const listed = await copyListed(config.data_basedir, join(folder, PARTS.files), path, known.get(path));
        if (listed === null) continue;
        files.bytes += listed.bytes;
        work.onProgress(++files.count);
        yield JSON.stringify(listed);
      }
    }
  };
  await writeLines(join(folder, PARTS.list), lines(), work.signal);
  const about: About = { version: 1, begunAt, log: totals, files };
  await writeLines(join(folder, PARTS.about), one(JSON.stringify(about, null, 2)), work.signal);
  return about;
}

/** Puts a backup into the data folder and the log of the settings, which are empty, or hold some of it. Checks everything. */
export async function restore(config: Config, folder: string, log: EventStore, work: Watched): Promise<About> {
  const about = await aboutOf(folder);
  const source = SqliteEventStore.open(join(folder, PARTS.log), { readOnly: true });
  try {
    const { signal } = work;
    const totals = await copyLog(source, log, { signal, onProgress: () => undefined });
    if (totals.sha256 !== about.log.sha256)
      throw new NoBackupError(`the log in ${folder} is not that of its backup.json`);
  } finally {
    await source.close();
  }
  let count = 0;
  for await (const line of readLines(join(folder, PARTS.list))) {
    work.signal.throwIfAborted();
    await restoreListed(join(folder, PARTS.files), config.data_basedir, JSON.parse(line) as ListedFile);
    work.onProgress(++count);
  }
  if (count !== about.files.count) throw new NoBackupError(`the list of files in ${folder} is not whole`);
  return about;
}

/** @throws NoBackupError */
async function aboutOf(folder: string): Promise<About> {
  try {
    const about = JSON.parse(await readFile(join(folder, PARTS.about), 'utf8')) as Partial<About> | null;
    if (about?.version === 1 && about.log !== undefined && about.files !== undefined) return about as About;
  } catch (cause) {
    throw new NoBackupError(`${folder} holds no whole backup`, { cause });
  }
  throw new NoBackupError(`${folder} holds no backup that this debci knows`);
}

async function backUpEvents(config: Config, copy: string, log: EventStore, work: Watched): Promise<Totals> {
  const { signal } = work;
  const file = sqliteFile(config.event_store);
  if (file !== null) await backUpLog(file, copy, signal);
  const target = SqliteEventStore.open(copy, { readOnly: file !== null });
  try {
    // A server's log: what came since the last backup is added.
    return file === null
      ? await copyLog(log, target, { signal, onProgress: () => undefined })
      : await totalsOf(target.readAll(), signal);
  } finally {
    await target.close();
  }
}

async function knownFiles(folder: string): Promise<Map<string, ListedFile>> {
  const known = new Map<string, ListedFile>();
  try {
    for await (const line of readLines(join(folder, PARTS.list))) {
      const file = JSON.parse(line) as ListedFile;
      known.set(file.path, file);
    }
  } catch {
    // The first backup here, or a damaged list: every file is copied.
    known.clear();
  }
  return known;
}

async function* one(line: string): AsyncGenerator<string> {
  yield await Promise.resolve(line);
}
