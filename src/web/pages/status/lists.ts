import type { StatusFilter } from '../../../projections/status-filter.js';
import type { PackageStatus, Target } from '../../../projections/views.js';
import { formatTime } from '../../format.js';
import { historyPath, packagePath } from '../../paths.js';
import {
  listPath,
  queueCursor,
  suiteCursor,
  targetCursor,
  type ListQuery,
  type StatusList,
} from '../../status-lists.js';
import type { Page } from '../page.js';
import { badge, runView } from '../run-view.js';
import { filterView, STATUS, statusNavigation, TITLES } from './navigation.js';
import { queueView } from './queue.js';
import { daysBefore, newestDay, type StatusSources } from './settings.js';

/** What a list shows, and where it goes on. */
interface Content {
  readonly template: string;
  readonly view: object;
  /** The words of a cursor; null: this is the last part. */
  readonly next?: readonly string[] | null;
  /** Whether it can be narrowed: not at all, to a suite, or to both. */
  readonly narrows?: 'suite' | 'both';
}

type Making = (sources: StatusSources, query: ListQuery) => Content;

const MAKING: Readonly<Record<StatusList, Making>> = {
  alerts,
  failing: (sources, query) => statuses(sources, query, { status: 'fail' }),
  'platform-specific-issues': platformIssues,
  flaky,
  slow: (sources, query) => statuses(sources, query, { minDurationSeconds: 60 * sources.settings.slowMinutes }),
  pending,
  queue: (sources) => ({ template: 'status-queue', view: queueView(sources.readModel) }),
  reject_list: ({ rejectList }) => {
    const entries = rejectList.entries();
    return { template: 'status-rejected', view: { entries, hasRows: entries.length > 0 } };
  },
};

const NOTES: Readonly<Record<StatusList, (sources: StatusSources) => string>> = {
  alerts: ({ settings }) =>
    `Packages that passed once and began to fail in the ${settings.visibleDays} days up to the newest result.`,
  failing: () => 'Packages whose newest result is a failure.',
  'platform-specific-issues': () => 'Packages that do not stand the same on all architectures of a suite.',
  flaky: () => 'Packages whose results changed though neither their version nor the testbed’s packages had.',
  slow: ({ settings }) => `Packages whose newest run took ${settings.slowMinutes} minutes or more.`,
  pending: () => 'Requests that wait for a worker, in the order in which they are due.',
  queue: () => 'What is under way, and how long it takes.',
  reject_list: () => 'What is never tested here. A star stands for anything.',
};

/** One of the lists below `/status/`. */
export function statusListPage(sources: StatusSources, list: StatusList, query: ListQuery): Page {
  const { template, view, next = null, narrows } = MAKING[list](sources, query);
  const title = TITLES[list];
  const { after: _after, ...narrowed } = query;
  return {
    template,
    title,
    view: {
      ...view,
      ...{ heading: title, note: NOTES[list](sources), navigation: statusNavigation(list) },
      ...(narrows && filterView(sources.readModel, list, query, narrows === 'both')),
      nextHref: next && listPath(list, { ...narrowed, after: next }),
      firstHref: query.after ? listPath(list, narrowed) : null,
    },
    trail: [STATUS],
    live: {},
  };
}

const targetWords = ({ suite, arch, package: name }: Target): string[] => [suite, arch, name];

function alerts(sources: StatusSources, query: ListQuery): Content {
  const day = newestDay(sources.readModel);
  const brokenAfter = day === null ? '~' : daysBefore(day, sources.settings.visibleDays);
  return statuses(sources, query, { brokenAfter });
}

function statuses({ readModel, settings }: StatusSources, query: ListQuery, kind: StatusFilter): Content {
  const { suite, arch, after } = query;
  const cursor = targetCursor(after);
  const filter = { ...kind, ...(suite !== undefined && { suite }), ...(arch !== undefined && { arch }) };
  const options = { limit: settings.failingPerPage, ...(cursor && { after: cursor }) };
  const { items, next } = readModel.packages.statuses(filter, options);
  const rows = items.map(statusRow);
  const view = { rows, hasRows: rows.length > 0 };
  return { template: 'status-packages', view, next: next && targetWords(next), narrows: 'both' };
}

function statusRow({ run, lastPassAt, lastPassVersion, brokenSince }: PackageStatus): object {
  return {
    run: run && runView(run),
    lastPass: lastPassAt === null ? null : { time: formatTime(lastPassAt), version: lastPassVersion },
    since: brokenSince === null ? null : formatTime(brokenSince),
  };
}

function platformIssues({ readModel, settings }: StatusSources, { suite, after }: ListQuery): Content {
  const cursor = suiteCursor(after);
  const filter = suite === undefined ? {} : { suite };
  const options = { limit: settings.failingPerPage, ...(cursor && { after: cursor }) };
  const { items, next } = readModel.issues.platformSpecific(filter, options);
  const rows = items.map((issue) => ({
    package: issue.package,
    suite: issue.suite,
    packageHref: packagePath(issue.package),
    statuses: issue.statuses.flatMap(({ run }) => (run ? [runView(run)] : [])),
  }));
  const view = { rows, hasRows: rows.length > 0 };
  return { template: 'status-issues', view, next: next && [next.suite, next.package], narrows: 'suite' };
}

function flaky({ readModel, settings }: StatusSources, { suite, arch, after }: ListQuery): Content {
  const cursor = targetCursor(after);
  const filter = { ...(suite !== undefined && { suite }), ...(arch !== undefined && { arch }) };
  const options = { limit: settings.failingPerPage, ...(cursor && { after: cursor }) };
  const { items, next } = readModel.flaky.packages(filter, options);
  const rows = items.map((item) => {
    return {
      ...item,
      badge: badge(readModel.records.latest(item)?.status ?? 'none'),
      lastFlip: formatTime(item.lastFlipAt),
      packageHref: packagePath(item.package),
      historyHref: historyPath(item),
    };
  });
  const view = { rows, hasRows: rows.length > 0 };
  return { template: 'status-flaky', view, next: next && targetWords(next), narrows: 'both' };
}

function pending({ readModel, settings }: StatusSources, { suite, arch, after }: ListQuery): Content {
  const cursor = queueCursor(after);
  const { items, next } = readModel.runs.queue({
    state: 'pending',
    limit: settings.pendingPerPage,
    ...(suite !== undefined && { suite }),
    ...(arch !== undefined && { arch }),
    ...(cursor && { after: cursor }),
  });
  const view = { open: items.map(runView), hasRows: items.length > 0, queue: readModel.runs.queueCounts() };
  return { template: 'status-pending', view, next: next && [`${next.priority}`, `${next.runId}`], narrows: 'both' };
}
