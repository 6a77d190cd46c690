import type { ReadModel } from '../../../projections/read-model.js';
import type { LatencyDay } from '../../../projections/views.js';
import { formatDuration, formatTime } from '../../format.js';
import { runView } from '../run-view.js';
import { lineChart } from './charts.js';
import { daysBefore, newestDay } from './settings.js';

const SHOWN_RUNS = 50;
const SHOWN_DAYS = 30;

/** What is under way, and how long runs wait and take. */
export function queueView(readModel: ReadModel): object {
  const depths = readModel.metrics.queueDepths().map((depth) => ({
    ...depth,
    runs: depth.runs,
    oldest: formatTime(depth.oldestAt),
  }));
  const open = readModel.runs.queue({ state: 'running', limit: SHOWN_RUNS }).items.map(runView);
  const latencies = latencyViews(readModel);
  return {
    ...{ depths, hasDepths: depths.length > 0, queue: readModel.runs.queueCounts() },
    running: open.length > 0 ? { open } : null,
    ...{ latencies, hasLatencies: latencies.length > 0 },
  };
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
