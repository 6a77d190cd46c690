import type { ReadModel } from '../../../projections/read-model.js';
import { atMoment } from '../../moment.js';
import { hasPast, listPath, STATUS_LISTS, type ListQuery, type StatusList } from '../../status-lists.js';
import type { Crumb } from '../page.js';

export const STATUS: Crumb = { text: 'Status', href: '/status/' };

export const TITLES: Readonly<Record<StatusList, string>> = {
  alerts: 'Alerts',
  failing: 'Failing',
  'platform-specific-issues': 'Platform-specific issues',
  flaky: 'Flaky',
  slow: 'Slow',
  pending: 'Pending',
  queue: 'Queue',
  workers: 'Workers',
  reject_list: 'Reject list',
};

interface NavigationLink {
  readonly text: string;
  readonly href: string;
  readonly current: boolean;
}

/** The links between the status pages; those that have a past stay at its moment. @param at null: the overview. */
export function statusNavigation(at: StatusList | null, asOf?: string): NavigationLink[] {
  const lists = STATUS_LISTS.map((list) => {
    const href = listPath(list, asOf !== undefined && hasPast(list) ? { asOf } : {});
    return { text: TITLES[list], href, current: list === at };
  });
  return [{ text: 'Overview', href: atMoment(STATUS.href, asOf), current: at === null }, ...lists];
}

/** Links that narrow a list to one suite or one architecture; a way to choose only where there is a choice. */
export function filterView(
  readModel: ReadModel,
  list: StatusList,
  { suite, arch, asOf }: ListQuery,
  byArch = true,
): object {
  const then = asOf === undefined ? {} : { asOf };
  const platforms = readModel.counts.platforms();
  const choice = (name: 'suite' | 'arch', chosen: string | undefined, other: ListQuery): object | null => {
    const values = [...new Set(platforms.map((platform) => platform[name]))].sort();
    if (values.length < 2 && chosen === undefined) return null;
    const all = { text: 'all', href: listPath(list, other), current: chosen === undefined };
    const links = values.map((value) => {
      return { text: value, href: listPath(list, { ...other, [name]: value }), current: value === chosen };
    });
    return { name: name === 'suite' ? 'Suite' : 'Architecture', links: [all, ...links] };
  };
  const filters = [
    choice('suite', suite, { ...then, ...(arch !== undefined && { arch }) }),
    byArch ? choice('arch', arch, { ...then, ...(suite !== undefined && { suite }) }) : null,
  ].filter((filter) => filter !== null);
  return { filters, hasFilters: filters.length > 0 };
}
