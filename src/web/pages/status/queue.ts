import type { ReadModel } from '../../../projections/read-model.js';
import type { QueueDepth } from '../../../projections/metric-queries.js';
import type { LatencyDay } from '../../../projections/views.js';
import { formatDuration, formatTime } from '../../format.js';
import { openRunsView } from '../open-runs.js';
import { lineChart } from './charts.js';
import { daysBefore, newestDay } from './settings.js';

const SHOWN_RUNS = 50;
const SHOWN_DAYS = 30;

/** What is under way, and how long runs wait and take. */
export function queueView(readModel: ReadModel): object {
  const depths = depthViews(readModel.metrics.queueDepths());
  const { items, next } = readModel.runs.queue({ state: 'running', limit: SHOWN_RUNS });
  const latencies = latencyViews(readModel);
  return {
    ...{ depths, hasDepths: depths.length > 0, queue: readModel.runs.queueCounts() },
    ...openRunsView(items, { package: true, where: true }),
    shownFirst: next && SHOWN_RUNS,
    ...{ latencies, hasLatencies: latencies.length > 0 },
  };
}

/** A row for each architecture and backend. */
function depthViews(depths: readonly QueueDepth[]): object[] {
  const rows = new Map<string, Record<string, unknown>>();
  for (const { arch, backend, state, runs, oldestAt } of depths) {
    const key = `${arch} ${backend}`;
    rows.set(key, { ...rows.get(key), arch, backend, [state]: { runs, oldest: formatTime(oldestAt) } });
  }
  return [...rows.values()];
}

function latencyViews(readModel: ReadModel): object[] {
  const to = newestDay(readModel);
  if (to === null) return [];
  const from = daysBefore(to, SHOWN_DAYS - 1);
  return readModel.counts.platforms().flatMap(({ suite, arch }) => {
    const days = readModel.latency.days(suite, arch, from, to);
    const last = days.at(-1);
    return last ? [{ suite, arch, from: days[0]?.day, to: last.day, ...figures(last), chart: waiting(days) }] : [];
  });
}

/** How long the middle one of a day's runs waited, and how long it took in all. */
function waiting(days: readonly LatencyDay[]): object {
  const points = days.map(({ day, start, finish }) => ({
    day,
    values: [start.median, finish.median],
    text: `${day}: started after ${formatDuration(start.median)}, finished after ${formatDuration(finish.median)}`,
  }));
  return lineChart(points, ['start', 'finish']);
}

function figures({ day, runs, start, finish }: LatencyDay): object {
  return {
    day,
    runs,
    startMedian: formatDuration(start.median),
    startWorst: formatDuration(start.p95),
    finishMedian: formatDuration(finish.median),
    finishWorst: formatDuration(finish.p95),
  };
}
