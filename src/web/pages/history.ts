import type { ReadModel } from '../../projections/read-model.js';
import type { DateCursor, Target } from '../../projections/views.js';
import { historyPath, olderPath, packagePath } from '../paths.js';
import { packageTrail } from './package.js';
import type { Page } from './page.js';
import { runView } from './run-view.js';

/** Debian's number. */
export const RUNS_PER_PAGE = 500;
const OPEN_RUNS = 50;

/** The runs of a package in a suite on an architecture, newest first; from `before` on for a later part. */
export function historyPage(readModel: ReadModel, target: Target & { before?: DateCursor }): Page | null {
  const { before, package: name, suite, arch } = target;
  const { items, next } = readModel.runs.history(target, { limit: RUNS_PER_PAGE, ...(before && { before }) });
  if (!readModel.packages.isTested(target)) return null;
  const open = before ? [] : readModel.runs.queue({ package: name, suite, arch, limit: OPEN_RUNS }).items.map(runView);
  const view = {
    ...{ package: name, suite, arch, runs: items.map(runView), hasRuns: items.length > 0 },
    ...{ open, hasOpen: open.length > 0 },
    olderHref: next && olderPath(target, next),
    newestHref: before ? historyPath(target) : null,
  };
  const trail = [...packageTrail(name), { text: name, href: packagePath(name) }];
  return {
    template: 'history',
    title: `${name} in ${suite} on ${arch}`,
    view,
    trail,
    live: before ? null : { package: name, suite, arch },
  };
}
