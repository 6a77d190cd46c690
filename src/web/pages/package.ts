import { packagePrefix } from '../../domain/job.js';
import type { ReadModel } from '../../projections/read-model.js';
import type { PackageStatus } from '../../projections/views.js';
import { formatTime } from '../format.js';
import { badgePath, feedPath, historyPath, packagePath, prefixPath } from '../paths.js';
import { HOME, pastChoice, type Crumb, type Page } from './page.js';
import { newsView } from './news.js';
import { openRunsView } from './open-runs.js';
import { badge, runView } from './run-view.js';

const OPEN_RUNS = 50;
const NEWS = 10;

/** A field of the matrix. Empty where the package is not tested. */
interface Cell {
  readonly suite: string;
  readonly arch: string;
  readonly known: object | null;
}

function cell(suite: string, arch: string, status: PackageStatus | undefined, asOf: string | undefined): Cell {
  if (!status) return { suite, arch, known: null };
  const lastPass = status.lastPassAt !== null &&
    status.run?.status !== 'pass' && {
      time: formatTime(status.lastPassAt),
      version: status.lastPassVersion,
    };
  const run = status.run && runView(status.run);
  const removed = status.removedAt !== null && { time: formatTime(status.removedAt) };
  return {
    suite,
    arch,
    known: { removed, run, none: badge('none'), lastPass, historyHref: historyPath(status, asOf) },
  };
}

/** Rows are suites, columns architectures, as Debian has them. */
function matrixView(statuses: readonly PackageStatus[], asOf: string | undefined): object | null {
  if (statuses.length === 0) return null;
  const suites = [...new Set(statuses.map(({ suite }) => suite))];
  const arches = [...new Set(statuses.map(({ arch }) => arch))].sort();
  const find = (suite: string, arch: string): PackageStatus | undefined =>
    statuses.find((status) => status.suite === suite && status.arch === arch);
  return {
    arches,
    rows: suites.map((suite) => ({ suite, cells: arches.map((arch) => cell(suite, arch, find(suite, arch), asOf)) })),
  };
}

export function packageTrail(name: string): Crumb[] {
  const prefix = packagePrefix(name);
  return [HOME, { text: prefix, href: prefixPath(prefix) }];
}

/** How a package stands everywhere, what of it is under way, and what changed last; or how it stood. */
export function packagePage(readModel: ReadModel, name: string, asOf?: string): Page | null {
  if (!readModel.packages.has(name)) return null;
  const past = { ...(asOf !== undefined && { asOf }) };
  const queue = asOf === undefined ? readModel.runs.queue({ package: name, limit: OPEN_RUNS }).items : [];
  const { items } = readModel.packages.news({ package: name, limit: NEWS, ...past });
  const view = {
    package: name,
    ...{ feedHref: feedPath(name), badgeHref: badgePath(name) },
    matrix: matrixView(readModel.packages.matrix(name, asOf), asOf),
    ...openRunsView(queue, { package: false, where: true }),
    ...newsView(items, false, asOf),
  };
  return {
    template: 'package',
    title: name,
    view,
    trail: packageTrail(name),
    live: asOf === undefined ? { package: name } : null,
    feed: feedPath(name),
    past: pastChoice(asOf, packagePath(name)),
  };
}
