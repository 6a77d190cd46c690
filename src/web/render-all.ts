import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { ReadModel } from '../projections/read-model.js';
import { pageFile } from './page-file.js';
import type { Site } from './site.js';
import { allPages } from './touched-pages.js';

export interface WholeSite {
  readonly site: Site;
  readonly readModel: ReadModel;
  /** A folder that nobody looks into yet; made where it is missing. */
  readonly htmlDir: string;
  /** Stylesheet and icons, to be copied to `assets/`. */
  readonly assetsDir: string;
  /** Called now and then with the number of pages so far. */
  readonly onProgress?: (pages: number) => void;
  readonly signal?: AbortSignal;
}

/** So many pages between two looks at the signal. */
const STRIDE = 50;

/**
 * Renders every page of the site. Files are written at once, one after another: three times as fast as in turns with
 * the rest of the process, for which this is not meant.
 * @returns how many pages
 * @throws the signal's reason where that aborts
 */
export async function renderAll(options: WholeSite): Promise<number> {
  const { site, readModel, htmlDir, assetsDir, onProgress, signal } = options;
  cpSync(assetsDir, join(htmlDir, 'assets'), { recursive: true });
  let pages = 0;
  for (const ref of allPages(readModel)) {
    const file = pageFile(htmlDir, ref);
    const html = file === null ? null : site.page(ref);
    if (file === null || html === null) continue;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, html);
    if (++pages % STRIDE !== 0) continue;
    await setImmediate();
    signal?.throwIfAborted();
    onProgress?.(pages);
  }
  return pages;
}
