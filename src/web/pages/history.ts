import type { ReadModel } from '../../projections/read-model.js';
import type { DateCursor, Target, Viewer } from '../../projections/views.js';
import { historyPath, olderPath, packagePath } from '../paths.js';
import { packageTrail } from './package.js';
import { pastChoice, type Page } from './page.js';
import { openRunsView } from './open-runs.js';
import { runView } from './run-view.js';

/** Debian's number. */
export const RUNS_PER_PAGE = 500;
const OPEN_RUNS = 50;

/**
 * The runs of a package in a suite on an architecture, newest first; from `before` on for a later part.
 * Of private runs, the viewer's.
 */
export function historyPage(
  readModel: ReadModel,
  target: Target & { before?: DateCursor; asOf?: string; viewer?: Viewer },
): Page | null {
  const { before, asOf, viewer = null, package: name, suite, arch } = target;
  const part = { viewer, limit: RUNS_PER_PAGE, ...(before && { before }), ...(asOf !== undefined && { asOf }) };
  const { items, next } = readModel.runs.history(target, part);
  const newest = before === undefined && asOf === undefined;
  const queue = newest ? readModel.runs.queue({ package: name, suite, arch, viewer, limit: OPEN_RUNS }).items : [];
  if (items.length + queue.length === 0 && !readModel.packages.isTested(target)) return null;
  const view = {
    ...{ package: name, suite, arch, runs: items.map((run) => runView(run)), hasRuns: items.length > 0 },
    ...openRunsView(queue, { package: false, where: false }),
    olderHref: next && olderPath(target, next, asOf),
    newestHref: before ? historyPath(target, asOf) : null,
  };
  const trail = [...packageTrail(name), { text: name, href: packagePath(name, asOf) }];
  return {
    template: 'history',
    title: `${name} in ${suite} on ${arch}`,
    view,
    trail,
    live: newest && viewer === null ? { package: name, suite, arch } : null,
    past: pastChoice(asOf, historyPath(target)),
  };
}
