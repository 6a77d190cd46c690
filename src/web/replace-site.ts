import { lstat, readdir, readlink, realpath, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DebciError } from '../domain/errors.js';
import type { EventStore, Position } from '../domain/ports/event-store.js';
import { renderPage } from './page-file.js';
import { renderAll, type WholeSite } from './render-all.js';
import { pagePath, type PageRef } from './site.js';
import { pagesTouchedAfter } from './touched-pages.js';

/** The folder of the pages cannot be replaced: it is not ours to rename, or is where a disk is mounted. */
export class PagesNotReplacedError extends DebciError {
  readonly code = 'E_PAGES_NOT_REPLACED';
}

export interface ReplaceSiteOptions extends WholeSite {
  readonly store: Pick<EventStore, 'readAll'>;
}

/**
 * Renders every page beside those that are looked at, puts all in their place at once, and then renders again what the
 * log says was touched meanwhile, until nothing was: so no page is older than what a running collector had rendered.
 *
 * The folder of the pages is a link to `<its name>-<n>` beside it, from the first time on.
 * @returns how many pages
 * @throws PagesNotReplacedError; the signal's reason where that aborts. Then the old pages stay.
 */
export async function replaceSite(options: ReplaceSiteOptions): Promise<number> {
  const { htmlDir, readModel } = options;
  const begun = readModel.position();
  const place = await placeOf(htmlDir);
  const fresh = await freshBeside(place);
  try {
    const pages = await renderAll({ ...options, htmlDir: fresh });
    await putInPlace(fresh, place);
    await followUp(options, begun);
    return pages;
  } finally {
    if ((await targetOf(place)) !== fresh) await rm(fresh, { recursive: true, force: true });
  }
}

async function followUp(
  { htmlDir, site, readModel, store }: ReplaceSiteOptions,
  begun: Position | null,
): Promise<void> {
  for (let after = begun; after !== null;) {
    const from = after;
    after = readModel.position();
    if (after === from) return;
    const touched = new Map<string, PageRef>();
    for await (const ref of pagesTouchedAfter(from, store, readModel)) touched.set(pagePath(ref), ref);
    for (const ref of touched.values()) await renderPage(htmlDir, site, ref);
  }
}

/** Our link or folder. One that somebody else made a link is followed first. */
async function placeOf(htmlDir: string): Promise<string> {
  const target = await targetOf(htmlDir);
  return target === null || target === htmlDir || isOurs(target, htmlDir) ? htmlDir : realpath(htmlDir);
}

/** What is there: where the link leads, or the folder itself; null: nothing. */
async function targetOf(place: string): Promise<string | null> {
  try {
    const found = await lstat(place);
    return found.isSymbolicLink() ? join(dirname(place), await readlink(place)) : place;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

function isOurs(folder: string, place: string): boolean {
  const name = basename(folder);
  return dirname(folder) === dirname(place) && /^-\d{1,15}$/.test(name.replace(basename(place), ''));
}

/** A name for a new folder; what a crash left of earlier ones is removed. */
async function freshBeside(place: string): Promise<string> {
  const current = await targetOf(place);
  const names = await readdir(dirname(place));
  const ours = names.map((name) => join(dirname(place), name)).filter((folder) => isOurs(folder, place));
  for (const folder of ours) if (folder !== current) await rm(folder, { recursive: true, force: true });
  const last = current === null || current === place ? 0 : Number(current.slice(current.lastIndexOf('-') + 1));
  return `${place}-${last + 1}`;
}

async function putInPlace(fresh: string, place: string): Promise<void> {
  const link = `${place}.${process.pid}.new`;
  const before = await targetOf(place);
  const aside = `${place}-0`;
  try {
    await symlink(basename(fresh), link);
    // A folder gives way to a link in two steps, the first time only.
    if (before === place) await rename(place, aside);
    await rename(link, place);
    if (before !== null) await rm(before === place ? aside : before, { recursive: true, force: true });
  } catch (cause) {
    await rm(link, { force: true });
    if (before === place && (await targetOf(place)) === null) await rename(aside, place);
    throw new PagesNotReplacedError(`the pages in ${place} cannot be replaced`, { cause });
  }
}
