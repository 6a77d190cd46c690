import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Tells apart what pages are made with: templates, stylesheets and scripts, and settings. Pages that were made with
 * another version are made anew.
 * @param folders of templates and assets
 * @param settings that pages show or go by
 */
export function pagesVersion(folders: readonly string[], settings: object): string {
  const hash = createHash('sha256').update(JSON.stringify(settings));
  for (const folder of folders) {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    for (const file of files.map((entry) => join(entry.parentPath, entry.name)).sort()) {
      hash.update(`\0${file.slice(folder.length)}\0`).update(readFileSync(file));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

/** Beside the pages: a folder that was emptied, or put there from elsewhere, is known as such. */
const FILE = '.pages-version';

/** @returns the version with which all pages of a folder were made; null: not all were. */
export async function versionIn(htmlDir: string): Promise<string | null> {
  try {
    return await readFile(join(htmlDir, FILE), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** All pages of the folder are made with this version now. */
export function markVersion(htmlDir: string, version: string): Promise<void> {
  return writeFile(join(htmlDir, FILE), version);
}
