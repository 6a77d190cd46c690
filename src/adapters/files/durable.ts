import { randomUUID } from 'node:crypto';
import { closeSync, fsync, mkdirSync, openSync } from 'node:fs';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

/** Writing so that it survives a loss of power: the file's bytes and its name in the folder are two things. */

const onDisk = promisify(fsync);

/** Makes names in a folder durable: created, renamed and removed ones. */
export async function syncFolder(folder: string): Promise<void> {
  const fd = openSync(folder, 'r');
  try {
    await onDisk(fd);
  } finally {
    closeSync(fd);
  }
}

/** Makes a folder and those above it that are missing, durably. */
export async function makeFolder(folder: string): Promise<void> {
  const first = mkdirSync(folder, { recursive: true });
  if (first === undefined) return;
  const stop = path.dirname(path.resolve(first));
  for (let made = path.dirname(path.resolve(folder)); made.length >= stop.length; made = path.dirname(made)) {
    await syncFolder(made);
    if (made === stop) break;
  }
}

const TEMPORARY = '.tmp-';
const STALE_MS = 60 * 60 * 1000;

/** A name for something that is not finished. `sweep` removes what a crash leaves of it. */
export function temporaryName(): string {
  return TEMPORARY + randomUUID();
}

function isTemporary(name: string): boolean {
  return name.startsWith(TEMPORARY);
}

/** Removes unfinished things that are older than an hour: younger ones may be another process's at work. */
export async function sweep(folder: string, now: Date): Promise<void> {
  for (const name of (await readdir(folder)).filter(isTemporary)) {
    const leftover = path.join(folder, name);
    const written = await stat(leftover).catch(() => null);
    if (written !== null && now.getTime() - written.mtimeMs > STALE_MS)
      await rm(leftover, { recursive: true, force: true });
  }
}

/** Writes a file of which others see all or nothing, over an older one of the name. Durable when it resolves. */
export async function writeWhole(folder: string, name: string, parts: readonly Uint8Array[]): Promise<string> {
  const temporary = path.join(folder, temporaryName());
  const place = path.join(folder, name);
  try {
    const handle = await open(temporary, 'wx');
    try {
      for (const part of parts) await handle.writeFile(part);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, place);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(folder);
  return place;
}
