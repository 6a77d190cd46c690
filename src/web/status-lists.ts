import { archName, packageName, suiteName } from '../domain/rules.js';
import { AS_OF, momentOf, momentText } from './moment.js';

/** The lists below `/status/`, in the order in which people look at them. Names are Debian's, but for
 * `flaky` and `workers`. */
export const STATUS_LISTS = [
  'alerts',
  'failing',
  'platform-specific-issues',
  'flaky',
  'slow',
  'pending',
  'queue',
  'workers',
  'reject_list',
] as const;
export type StatusList = (typeof STATUS_LISTS)[number];

/** What can be shown as it was. */
const PAST_LISTS: readonly StatusList[] = ['alerts', 'failing', 'platform-specific-issues', 'flaky', 'slow'];

export function hasPast(list: StatusList): boolean {
  return PAST_LISTS.includes(list);
}

/** What of a list is shown. */
export interface ListQuery {
  readonly suite?: string;
  readonly arch?: string;
  /** As it stood then (moment.ts). Only of those that have a past. */
  readonly asOf?: string;
  /** The words of a cursor: the list goes on after it. */
  readonly after?: readonly string[];
}

export function isStatusList(name: string): name is StatusList {
  return (STATUS_LISTS as readonly string[]).includes(name);
}

export function listPath(list: StatusList, { suite, arch, asOf, after }: ListQuery = {}): string {
  const query = new URLSearchParams({
    ...(suite !== undefined && { suite }),
    ...(arch !== undefined && { arch }),
    ...(asOf !== undefined && { [AS_OF]: momentText(asOf) }),
    ...(after && { after: after.join('/') }),
  }).toString();
  return `/status/${list}/${query === '' ? '' : `?${query}`}`;
}

const CURSOR = /^[a-z0-9+.-]{1,128}(\/[a-z0-9+.-]{1,128}){1,2}$/;

/** Reads what `listPath` wrote; null where something is not well formed. What it does not know it leaves out. */
export function parseListQuery(given: URLSearchParams): ListQuery | null {
  const [suite, arch, after] = ['suite', 'arch', 'after'].map((name) => given.get(name));
  if (suite && !suiteName.accepts(suite)) return null;
  if (arch && !archName.accepts(arch)) return null;
  if (after && !CURSOR.test(after)) return null;
  const asOf = momentOf(given);
  if (asOf === null) return null;
  return {
    ...(suite && { suite }),
    ...(arch && { arch }),
    ...(asOf !== undefined && { asOf }),
    ...(after && { after: after.split('/') }),
  };
}

/** A cursor of a list by suite, arch and package; undefined where it is none. */
export function targetCursor([suite = '', arch = '', name = '']: readonly string[] = []):
  { suite: string; arch: string; package: string } | undefined {
  const right = suiteName.accepts(suite) && archName.accepts(arch) && packageName.accepts(name);
  return right ? { suite, arch, package: name } : undefined;
}

/** A cursor of a list by suite and package; undefined where it is none. */
export function suiteCursor([suite = '', name = '']: readonly string[] = []):
  { suite: string; package: string } | undefined {
  return suiteName.accepts(suite) && packageName.accepts(name) ? { suite, package: name } : undefined;
}

/** A cursor of the queue; undefined where it is none. */
export function queueCursor([priority = '', runId = '']: readonly string[] = []):
  { priority: number; runId: number } | undefined {
  const right = /^\d{1,3}$/.test(priority) && /^\d{1,15}$/.test(runId);
  return right ? { priority: Number(priority), runId: Number(runId) } : undefined;
}
