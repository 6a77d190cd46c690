import type { Status } from '../../../domain/verdict.js';
import type { ReadModel } from '../../../projections/read-model.js';
import type { StatusFilter } from '../../../projections/status-filter.js';
import type { Page as Part, PackageStatus, Target } from '../../../projections/views.js';
import { formatTime } from '../../format.js';
import { atMoment } from '../../moment.js';
import { historyPath, packagePath } from '../../paths.js';
import {
  hasPast,
  listPath,
  queueCursor,
  suiteCursor,
  targetCursor,
  type ListQuery,
  type StatusList,
} from '../../status-lists.js';
import { pastChoice, type Page } from '../page.js';
import { openRunsView } from '../open-runs.js';
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
  workers: ({ readModel }) => workers(readModel),
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
  workers: () => 'Who was heard of, when last, and what runs there.',
  reject_list: () => 'What is never tested here. A star stands for anything.',
};

/** One of the lists below `/status/`. */
export function statusListPage(sources: StatusSources, list: StatusList, query: ListQuery): Page {
  const { template, view, next = null, narrows } = MAKING[list](sources, query);
  const title = TITLES[list];
  const { after: _after, ...narrowed } = query;
  const { asOf, ...now } = narrowed;
  return {
    template,
    title,
    view: {
      ...view,
      ...{ heading: title, note: NOTES[list](sources), navigation: statusNavigation(list, asOf) },
      ...(narrows && filterView(sources.readModel, list, query, narrows === 'both')),
      nextHref: next && listPath(list, { ...narrowed, after: next }),
      firstHref: query.after ? listPath(list, narrowed) : null,
    },
    trail: [{ ...STATUS, href: atMoment(STATUS.href, asOf) }],
    live: asOf === undefined ? {} : null,
    ...(hasPast(list) && { past: pastChoice(asOf, listPath(list, now), { suite: now.suite, arch: now.arch }) }),
  };
}

const targetWords = ({ suite, arch, package: name }: Target): string[] => [suite, arch, name];

function alerts(sources: StatusSources, query: ListQuery): Content {
  const day = query.asOf?.slice(0, 10) ?? newestDay(sources.readModel);
  const brokenAfter = day === null ? '~' : daysBefore(day, sources.settings.visibleDays);
  return statuses(sources, query, { brokenAfter });
}

function statuses({ readModel, settings }: StatusSources, query: ListQuery, kind: StatusFilter): Content {
  const filter = { ...kind, ...platform(query) };
  const { items, next } = whole(targetCursor(query.after), settings.failingPerPage, (limit, after) =>
    readModel.packages.statuses(filter, { limit, ...after, ...moment(query) }),
  );
  const rows = items.map((status) => statusRow(status, query.asOf));
  // What is slow is told by its duration; what fails, by since when.
  const slow = kind.minDurationSeconds !== undefined;
  const view = { rows, hasRows: rows.length > 0, slow, broken: !slow };
  return { template: 'status-packages', view, next: next && targetWords(next), narrows: 'both' };
}

const platform = ({ suite, arch }: ListQuery): Pick<ListQuery, 'suite' | 'arch'> => ({
  ...(suite !== undefined && { suite }),
  ...(arch !== undefined && { arch }),
});

const moment = ({ asOf }: ListQuery): Pick<ListQuery, 'asOf'> => (asOf === undefined ? {} : { asOf });

/** The past comes in parts that may be short: so many of them are looked through for one page. */
const PARTS = 5;

/** One page of a list. */
function whole<Item, Cursor>(
  from: Cursor | undefined,
  limit: number,
  read: (limit: number, after: { after?: Cursor }) => Part<Item, Cursor>,
): Part<Item, Cursor> {
  const items: Item[] = [];
  let after: Cursor | null | undefined = from;
  for (let part = 0; part < PARTS && items.length < limit && after !== null; part++) {
    const found: Part<Item, Cursor> = read(limit - items.length, after === undefined ? {} : { after });
    items.push(...found.items);
    after = found.next;
  }
  return { items, next: after ?? null };
}

function statusRow({ run, lastPassAt, lastPassVersion, brokenSince }: PackageStatus, asOf?: string): object {
  return {
    run: run && runView(run, asOf),
    lastPass: lastPassAt === null ? null : { time: formatTime(lastPassAt), version: lastPassVersion },
    since: brokenSince === null ? null : formatTime(brokenSince),
  };
}

function platformIssues({ readModel, settings }: StatusSources, query: ListQuery): Content {
  const filter = query.suite === undefined ? {} : { suite: query.suite };
  const { items, next } = whole(suiteCursor(query.after), settings.failingPerPage, (limit, after) =>
    readModel.issues.platformSpecific(filter, { limit, ...after, ...moment(query) }),
  );
  const arches = [...new Set(items.flatMap(({ statuses }) => statuses.map(({ arch }) => arch)))].sort();
  const rows = items.map(({ package: name, suite, statuses }) => {
    const cells = arches.map((arch) => {
      const run = statuses.find((status) => status.arch === arch)?.run;
      return { arch, run: run ? runView(run) : null };
    });
    return { package: name, suite, packageHref: packagePath(name, query.asOf), cells };
  });
  const view = { rows, hasRows: rows.length > 0, arches };
  return { template: 'status-issues', view, next: next && [next.suite, next.package], narrows: 'suite' };
}

function flaky({ readModel, settings }: StatusSources, query: ListQuery): Content {
  const cursor = targetCursor(query.after);
  const options = { limit: settings.failingPerPage, ...moment(query), ...(cursor && { after: cursor }) };
  const { items, next } = readModel.flaky.packages(platform(query), options);
  const rows = items.map((item) => {
    return {
      ...item,
      badge: badge(statusOf(readModel, item, query.asOf) ?? 'none'),
      lastFlip: formatTime(item.lastFlipAt),
      packageHref: packagePath(item.package, query.asOf),
      historyHref: historyPath(item, query.asOf),
    };
  });
  const view = { rows, hasRows: rows.length > 0 };
  return { template: 'status-flaky', view, next: next && targetWords(next), narrows: 'both' };
}

function workers(readModel: ReadModel): Content {
  const rows = readModel.counts.workers().map(({ name, seenAt, finished, running }) => {
    return {
      name,
      seen: formatTime(seenAt),
      finished,
      running: running.map((run) => runView(run)),
      idle: running.length === 0,
    };
  });
  return { template: 'status-workers', view: { rows, hasRows: rows.length > 0 } };
}

function statusOf(readModel: ReadModel, { package: name, suite, arch }: Target, asOf?: string): Status | null {
  const statuses = readModel.packages.matrix(name, asOf);
  return statuses.find((status) => status.suite === suite && status.arch === arch)?.run?.status ?? null;
}

function pending({ readModel, settings }: StatusSources, query: ListQuery): Content {
  const cursor = queueCursor(query.after);
  const { items, next } = readModel.runs.queue({
    state: 'pending',
    limit: settings.pendingPerPage,
    ...platform(query),
    ...(cursor && { after: cursor }),
  });
  const view = { ...openRunsView(items, { package: true, where: true }), queue: readModel.runs.queueCounts() };
  return { template: 'status-pending', view, next: next && [`${next.priority}`, `${next.runId}`], narrows: 'both' };
}
