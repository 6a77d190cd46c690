import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pageAt, pagePath, type PageRef, type Site } from './site.js';

/** Where a page is kept; null for a name that breaks the rules: only addresses that the server would take become files. */
export function pageFile(htmlDir: string, ref: PageRef): string | null {
  const path = pagePath(ref);
  return pageAt(path) === null ? null : join(htmlDir, decodeURIComponent(path), 'index.html');
}

/**
 * Renders a page that people may be looking at; removes it where there is nothing to show.
 * @returns false for a name that breaks the rules.
 */
export async function renderPage(htmlDir: string, site: Site, ref: PageRef): Promise<boolean> {
  const file = pageFile(htmlDir, ref);
  if (file === null) return false;
  const html = site.page(ref);
  if (html === null) await rm(file, { force: true });
  else await writeAtomically(file, html);
  return true;
}

/** Who reads the file meanwhile sees the old text or the new, never a part. */
async function writeAtomically(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.new`;
  await writeFile(temporary, text);
  await rename(temporary, file);
}
