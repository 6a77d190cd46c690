import { STATUSES, type Status } from '../../../domain/verdict.js';
import type { ReadModel } from '../../../projections/read-model.js';
import type { PlatformCounts, StatusCounts } from '../../../projections/views.js';
import { lastWholeDay } from '../../moment.js';
import { listPath } from '../../status-lists.js';
import { pastChoice, type Page } from '../page.js';
import { badge } from '../run-view.js';
import { formatPercent, goodPercent } from '../standing.js';
import { lineChart, stackedChart } from './charts.js';
import { STATUS, statusNavigation } from './navigation.js';
import { daysBefore, daysBetween, newestDay } from './settings.js';

const SHOWN_DAYS = 90;

function platformView({ suite, arch, packages }: PlatformCounts, asOf: string | undefined): object {
  const total = STATUSES.reduce((sum, status) => sum + packages[status], 0);
  const percent = goodPercent(packages);
  const query = { suite, arch, ...(asOf !== undefined && { asOf }) };
  const failingHref = packages.fail > 0 ? listPath('failing', query) : null;
  return {
    suite,
    arch,
    ...packages,
    total,
    failingHref,
    rate: percent === null ? null : { percent, good: formatPercent(percent) },
  };
}

interface Day {
  readonly day: string;
  readonly counts: StatusCounts;
  readonly percent: number | null;
}

/** How the packages of a suite and arch stood at the end of each day. Days without a result are like the one before. */
function daysOf(readModel: ReadModel, { suite, arch }: PlatformCounts, to: string): Day[] {
  const known = readModel.counts.days(suite, arch, daysBefore(to, SHOWN_DAYS - 1), to);
  const first = known[0];
  if (!first) return [];
  const byDay = new Map(known.map(({ day, packages }) => [day, packages]));
  let counts = first.packages;
  return daysBetween(first.day, to).map((day) => {
    counts = byDay.get(day) ?? counts;
    return { day, counts, percent: goodPercent(counts) };
  });
}

function told({ day, counts, percent }: Day): string {
  const numbers = STATUSES.map((status) => `${counts[status]} ${status}`).join(', ');
  return `${day}: ${numbers}${percent === null ? '' : `, ${formatPercent(percent)} good`}`;
}

function chartView(platform: PlatformCounts, days: readonly Day[]): object | null {
  const [first, last] = [days[0], days.at(-1)];
  if (!first || !last) return null;
  const { suite, arch } = platform;
  const { percent } = last;
  const lowest = Math.min(...days.map((day) => day.percent ?? 100));
  const ground = rateGround(lowest);
  const shares = percent === null ? null : { now: formatPercent(percent), lowest: formatPercent(lowest) };
  return {
    ...{ suite, arch, from: first.day, to: last.day, shares, ground },
    counts: stackedChart(days.map((day) => ({ counts: day.counts, text: told(day) }))),
    rate: lineChart(
      days.map((day) => ({ values: [day.percent ?? 0], text: told(day) })),
      ['rate'],
      { ground, top: 100 },
    ),
    rows: weekly(days).map(({ day, counts, percent: good }) => ({
      day,
      ...counts,
      good: good === null ? null : formatPercent(good),
    })),
  };
}

/** Where the field of the rates begins: what differs is to be seen, and no small dip is to look like a fall to nothing. */
function rateGround(lowest: number): number {
  return Math.max(0, Math.min(80, 20 * Math.floor(lowest / 20)));
}

/** The newest day and each a week before: what a table of some months needs. */
function weekly(days: readonly Day[]): Day[] {
  return days.filter((_, index) => (days.length - 1 - index) % 7 === 0).reverse();
}

/** The worst first, as everywhere. */
const HEADINGS: readonly Status[] = ['fail', 'tmpfail', 'neutral', 'pass'];

const LEGEND: readonly Status[] = ['pass', 'neutral', 'tmpfail', 'fail'];

/** How the suites stand and stood, and what is under way; or how they stood up to a moment. */
export function statusPage(readModel: ReadModel, asOf?: string): Page {
  const platforms = readModel.counts.platforms(asOf);
  const to = asOf === undefined ? newestDay(readModel) : lastWholeDay(asOf);
  const charts = to === null ? [] : platforms.map((platform) => chartView(platform, daysOf(readModel, platform, to)));
  const view = {
    navigation: statusNavigation(null, asOf),
    ...{ platforms: platforms.map((platform) => platformView(platform, asOf)), hasPlatforms: platforms.length > 0 },
    headings: HEADINGS.map(badge),
    ...{ charts: charts.filter((chart) => chart !== null), legend: LEGEND.map(badge) },
    now: asOf === undefined ? nowView(readModel) : null,
  };
  return {
    template: 'status',
    title: 'Status',
    view,
    trail: [],
    live: asOf === undefined ? {} : null,
    past: pastChoice(asOf, STATUS.href),
  };
}

/** What has no past. */
function nowView(readModel: ReadModel): object {
  const { pending, running } = readModel.runs.queueCounts();
  return { pending, running, pendingHref: listPath('pending'), queueHref: listPath('queue') };
}
