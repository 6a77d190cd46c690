import type { ReadModel } from '../../projections/read-model.js';
import { ALL_NEWS_FEED, prefixPath } from '../paths.js';
import { newsView } from './news.js';
import type { Page } from './page.js';
import { runView } from './run-view.js';
import { standingView } from './standing.js';

const NEWEST_RUNS = 10;
const NEWS = 10;

/** The front page: search, how the suites stand, what changed, newest results, prefixes. */
export function homePage(readModel: ReadModel): Page {
  const prefixes = readModel.packages.prefixes().map((entry) => {
    return { ...entry, one: entry.packages === 1, href: prefixPath(entry.prefix) };
  });
  const packages = prefixes.reduce((sum, entry) => sum + entry.packages, 0);
  const newest = readModel.runs.newest({ limit: NEWEST_RUNS }).items.map((run) => runView(run));
  const queue = readModel.runs.queueCounts();
  const platforms = readModel.counts.platforms();
  const view = {
    prefixes,
    packages,
    feedHref: ALL_NEWS_FEED,
    one: packages === 1,
    newest,
    hasNewest: newest.length > 0,
    hasPackages: packages > 0,
    queue,
    standing: platforms.length > 0 ? standingView(platforms) : null,
    ...newsView(readModel.packages.news({ limit: NEWS }).items, true),
  };
  return { template: 'home', title: 'Packages', view, trail: [], live: {}, feed: ALL_NEWS_FEED };
}
