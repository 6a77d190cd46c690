import { createHash } from 'node:crypto';
import { constants, createReadStream, type Dirent } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';

import { DebciError } from '../../domain/errors.js';
import { temporaryName } from './durable.js';

/** A file of a tree. */
export interface ListedFile {
  /** Below the tree's root, with `/`. */
  readonly path: string;
  readonly bytes: number;
  readonly mtimeMs: number;
  readonly sha256: string;
}

/** A file is not what the list says of it, or the list names what it must not. */
export class ListedFileError extends DebciError {
  readonly code = 'E_LISTED_FILE';
}

/** The regular files below a folder, in a fixed order; none where it is missing. Links are passed over. */
export async function* filesBelow(root: string, folder: string): AsyncGenerator<string> {
  for (const entry of (await entriesOf(path.join(root, folder))).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const inside = `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield* filesBelow(root, inside);
    else if (entry.isFile()) yield inside;
  }
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    // Removed meanwhile, or never there.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Copies a file into another tree, unless that has it already as `known` lists it: stored files never change.
 * @returns null where it was removed meanwhile.
 */
export async function copyListed(
  from: string,
  to: string,
  file: string,
  known: ListedFile | undefined,
): Promise<ListedFile | null> {
  try {
    const { size, mtimeMs } = await stat(path.join(from, file));
    if (known?.bytes === size && known.mtimeMs === mtimeMs && (await sizeOf(path.join(to, file))) === size)
      return known;
    await copyWhole(path.join(from, file), path.join(to, file));
    return { path: file, bytes: size, mtimeMs, sha256: await digestOf(path.join(to, file)) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Copies a listed file and checks it. @throws ListedFileError */
export async function restoreListed(from: string, to: string, file: ListedFile): Promise<void> {
  if (!isInside(file.path)) throw new ListedFileError(`${file.path} does not stay inside the folder`);
  const place = path.join(to, file.path);
  if ((await sizeOf(place)) !== file.bytes || (await digestOf(place)) !== file.sha256) {
    await copyWhole(path.join(from, file.path), place).catch((cause: unknown) => {
      throw new ListedFileError(`${file.path} cannot be restored`, { cause });
    });
  }
  if ((await digestOf(place)) === file.sha256) return;
  await rm(place);
  throw new ListedFileError(`${file.path} is not the file that was backed up`);
}

function isInside(file: string): boolean {
  return (
    !path.isAbsolute(file) && !file.split('/').some((part) => part === '..' || part === '') && !file.includes('\0')
  );
}

async function sizeOf(file: string): Promise<number | null> {
  return stat(file).then(
    ({ size }) => size,
    () => null,
  );
}

/** With its times, so that the next look knows it again; others see all of it or nothing. */
async function copyWhole(from: string, to: string): Promise<void> {
  await mkdir(path.dirname(to), { recursive: true });
  const temporary = path.join(path.dirname(to), temporaryName());
  try {
    await copyFile(from, temporary, constants.COPYFILE_FICLONE);
    const { atime, mtime } = await stat(from);
    await utimes(temporary, atime, mtime);
    await rename(temporary, to);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
