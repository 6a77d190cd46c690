import type { ReadModel } from '../../projections/read-model.js';
import { prefixPath } from '../paths.js';
import type { Page } from './page.js';
import { runView } from './run-view.js';

const NEWEST_RUNS = 10;

/** The front page: search, prefixes, newest results. */
export function homePage(readModel: ReadModel): Page {
  const prefixes = readModel.packages.prefixes().map((entry) => {
    return { ...entry, one: entry.packages === 1, href: prefixPath(entry.prefix) };
  });
  const packages = prefixes.reduce((sum, entry) => sum + entry.packages, 0);
  const newest = readModel.runs.newest({ limit: NEWEST_RUNS }).items.map(runView);
  const queue = readModel.runs.queueCounts();
  const view = {
    prefixes,
    packages,
    one: packages === 1,
    newest,
    hasNewest: newest.length > 0,
    hasPackages: packages > 0,
    queue,
  };
  return { template: 'home', title: 'Packages', view, trail: [], live: {} };
}
