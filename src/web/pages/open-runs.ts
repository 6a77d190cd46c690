import type { RunSummary } from '../../projections/views.js';
import { runView } from './run-view.js';

/** What is left out since the page says it anyway. */
export interface OpenColumns {
  readonly package: boolean;
  readonly where: boolean;
}

/** Runs that wait or run, as a table of the template `open-runs`. Worker and start are shown where a run has begun. */
export function openRunsView(runs: readonly RunSummary[], columns: OpenColumns): object {
  const worker = runs.some(({ state }) => state === 'running');
  return { open: runs.map((run) => runView(run)), hasOpen: runs.length > 0, columns: { ...columns, worker } };
}
