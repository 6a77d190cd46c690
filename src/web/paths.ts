import { packagePrefix, runFolder } from '../domain/job.js';
import type { DateCursor, Target } from '../projections/views.js';
import { atMoment } from './moment.js';

/** Debian's addresses of pages and files. All begin and pages end with a slash. */

/** One part of a path; `+`, which many package names have, may stay. */
function part(text: string | number): string {
  return encodeURIComponent(text).replaceAll('%2B', '+');
}

export function prefixPath(prefix: string): string {
  return `/packages/${part(prefix)}/`;
}

/** @param asOf as it stood then (moment.ts) */
export function packagePath(name: string, asOf?: string): string {
  return atMoment(`${prefixPath(packagePrefix(name))}${part(name)}/`, asOf);
}

/** @param asOf as it stood then (moment.ts) */
export function historyPath({ package: name, suite, arch }: Target, asOf?: string): string {
  return atMoment(`${packagePath(name)}${part(suite)}/${part(arch)}/`, asOf);
}

/** The page of one run, with its log. */
export function runPath(run: Target & { readonly runId: number }): string {
  return `${historyPath(run)}${part(run.runId)}/`;
}

/** The page of the runs older than the cursor. */
export function olderPath(target: Target, { endedAt, runId }: DateCursor, asOf?: string): string {
  return atMoment(`${historyPath(target)}?before=${part(endedAt)}_${runId}`, asOf);
}

/** Reads what `olderPath` wrote; null where it is something else. */
export function parseCursor(text: string): DateCursor | null {
  const match = /^(\d{4}-\d\d-\d\dT[\d:.]{8,12}Z)_(\d{1,15})$/.exec(text);
  return match?.[1] === undefined ? null : { endedAt: match[1], runId: Number(match[2]) };
}

export function filePath(run: Target & { readonly runId: number }, file: 'log.gz' | 'artifacts.tar.gz'): string {
  return `/data/${runFolder(run).split('/').map(part).join('/')}/${file}`;
}

export const SEARCH_PATH = '/packages/-/search';

export const ALL_NEWS_FEED = '/data/feeds/all-packages.xml';

/** An image that says how a package stands. */
export function badgePath(name: string): string {
  return `/data/badges/${part(packagePrefix(name))}/${part(name)}.svg`;
}

/** The Atom feed of a package's news. */
export function feedPath(name: string): string {
  return `/data/feeds/${part(packagePrefix(name))}/${part(name)}.xml`;
}
