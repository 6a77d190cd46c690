import { cp, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ReadModel } from '../projections/read-model.js';
import { pageFile } from './page-file.js';
import { markVersion } from './pages-version.js';
import type { Site } from './site.js';
import { allPages } from './touched-pages.js';

export interface WholeSite {
  readonly site: Site;
  readonly readModel: ReadModel;
  /** A folder that nobody looks into yet; made where it is missing. */
  readonly htmlDir: string;
  /** Stylesheet and icons, to be copied to `assets/`. */
  readonly assetsDir: string;
  /** Of what the pages are made with (pages-version.ts). */
  readonly version: string;
  /** Called now and then with the number of pages so far. */
  readonly onProgress?: (pages: number) => void;
  readonly signal?: AbortSignal;
}

/** So many pages are being written while the next is made: files are made in other threads than pages. */
const WRITING_AT_ONCE = 32;

/**
 * Renders every page of the site.
 * @returns how many pages
 * @throws the signal's reason where that aborts
 */
export async function renderAll(options: WholeSite): Promise<number> {
  const { site, readModel, htmlDir, assetsDir, version, onProgress, signal } = options;
  await cp(assetsDir, join(htmlDir, 'assets'), { recursive: true });
  const writing = new Set<Promise<void>>();
  let pages = 0;
  try {
    for (const ref of allPages(readModel)) {
      const file = pageFile(htmlDir, ref);
      const html = file === null ? null : site.page(ref);
      if (file === null || html === null) continue;
      const written: Promise<void> = write(file, html).finally(() => writing.delete(written));
      writing.add(written);
      if (writing.size >= WRITING_AT_ONCE) await Promise.race(writing);
      signal?.throwIfAborted();
      onProgress?.(++pages);
    }
    await Promise.all(writing);
  } finally {
    // Who clears the folder away after a failure finds nobody who still writes into it.
    await Promise.allSettled(writing);
  }
  await markVersion(htmlDir, version);
  return pages;
}

async function write(file: string, html: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, html);
}
