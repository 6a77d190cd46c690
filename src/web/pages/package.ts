import { packagePrefix } from '../../domain/job.js';
import type { ReadModel } from '../../projections/read-model.js';
import type { PackageStatus } from '../../projections/views.js';
import { formatTime } from '../format.js';
import { historyPath, prefixPath } from '../paths.js';
import { HOME, type Crumb, type Page } from './page.js';
import { badge, runView } from './run-view.js';

const OPEN_RUNS = 50;
const NEWS = 10;

/** A field of the matrix. Empty where the package is not tested. */
interface Cell {
  readonly suite: string;
  readonly arch: string;
  readonly known: object | null;
}

function cell(suite: string, arch: string, status: PackageStatus | undefined): Cell {
  if (!status) return { suite, arch, known: null };
  const lastPass = status.lastPassAt !== null &&
    status.run?.status !== 'pass' && {
      time: formatTime(status.lastPassAt),
      version: status.lastPassVersion,
    };
  const run = status.run && runView(status.run);
  return { suite, arch, known: { run, none: badge('none'), lastPass, historyHref: historyPath(status) } };
}

/** Rows are suites, columns architectures, as Debian has them. */
function matrixView(statuses: readonly PackageStatus[]): object {
  const suites = [...new Set(statuses.map(({ suite }) => suite))];
  const arches = [...new Set(statuses.map(({ arch }) => arch))].sort();
  const find = (suite: string, arch: string): PackageStatus | undefined =>
    statuses.find((status) => status.suite === suite && status.arch === arch);
  return {
    arches,
    rows: suites.map((suite) => ({ suite, cells: arches.map((arch) => cell(suite, arch, find(suite, arch))) })),
  };
}

export function packageTrail(name: string): Crumb[] {
  const prefix = packagePrefix(name);
  return [HOME, { text: prefix, href: prefixPath(prefix) }];
}

/** How a package stands everywhere, what of it is under way, and what changed last. */
export function packagePage(readModel: ReadModel, name: string): Page | null {
  const statuses = readModel.packages.matrix(name);
  if (statuses.length === 0) return null;
  const open = readModel.runs.queue({ package: name, limit: OPEN_RUNS }).items.map(runView);
  const news = readModel.packages.news({ package: name, limit: NEWS }).items.map(({ run, previousStatus }) => ({
    run: runView(run),
    previous: badge(previousStatus),
  }));
  const view = {
    package: name,
    matrix: matrixView(statuses),
    open,
    hasOpen: open.length > 0,
    news,
    hasNews: news.length > 0,
  };
  return { template: 'package', title: name, view, trail: packageTrail(name), live: { package: name } };
}
