import { STATUSES } from '../../domain/verdict.js';
import type { ReadModel } from '../../projections/read-model.js';
import type { PlatformCounts, WorkerView } from '../../projections/views.js';
import { formatTime } from '../format.js';
import type { Page } from './page.js';
import { badge, runView } from './run-view.js';

const SHOWN_RUNS = 50;

function platformView({ suite, arch, packages }: PlatformCounts): object {
  const total = STATUSES.reduce((sum, status) => sum + packages[status], 0);
  const decided = total - packages.tmpfail;
  const rate = decided > 0 ? Math.round((100 * (packages.pass + packages.neutral)) / decided) : null;
  return { suite, arch, ...packages, total, rate: rate === null ? null : { percent: rate } };
}

function workerView({ name, seenAt, finished, running }: WorkerView): object {
  return { name, seen: formatTime(seenAt), finished, running: running.map(runView), idle: running.length === 0 };
}

function openView(readModel: ReadModel, state: 'pending' | 'running'): object | null {
  const open = readModel.runs.queue({ state, limit: SHOWN_RUNS }).items.map(runView);
  return open.length > 0 ? { open } : null;
}

/** How the suites stand, what is under way, and who works. */
export function statusPage(readModel: ReadModel): Page {
  const platforms = readModel.counts.platforms().map(platformView);
  const workers = readModel.counts.workers().map(workerView);
  const view = {
    ...{ platforms, hasPlatforms: platforms.length > 0, headings: STATUSES.map(badge) },
    running: openView(readModel, 'running'),
    pending: openView(readModel, 'pending'),
    ...{ workers, hasWorkers: workers.length > 0, queue: readModel.runs.queueCounts() },
  };
  return { template: 'status', title: 'Status', view, trail: [] };
}
