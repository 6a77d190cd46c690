import type { ReadModel } from '../../../projections/read-model.js';
import { listPath, STATUS_LISTS, type ListQuery, type StatusList } from '../../status-lists.js';
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
  reject_list: 'Reject list',
};

interface NavigationLink {
  readonly text: string;
  readonly href: string;
  readonly current: boolean;
}

/** The links between the status pages. @param at null: the overview. */
export function statusNavigation(at: StatusList | null): NavigationLink[] {
  const lists = STATUS_LISTS.map((list) => ({ text: TITLES[list], href: listPath(list), current: list === at }));
  return [{ text: 'Overview', href: STATUS.href, current: at === null }, ...lists];
}

/** Links that narrow a list to one suite or one architecture; a way to choose only where there is a choice. */
export function filterView(readModel: ReadModel, list: StatusList, { suite, arch }: ListQuery, byArch = true): object {
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
    choice('suite', suite, arch === undefined ? {} : { arch }),
    byArch ? choice('arch', arch, suite === undefined ? {} : { suite }) : null,
  ].filter((filter) => filter !== null);
  return { filters, hasFilters: filters.length > 0 };
}
