import type { PlatformCounts, StatusCounts } from '../../projections/views.js';
import { listPath } from '../status-lists.js';

/** Good: pass or neutral, of the packages that have a verdict. Null: none has. */
export function goodPercent(packages: StatusCounts): number | null {
  const decided = packages.pass + packages.neutral + packages.fail;
  return decided > 0 ? Math.round((1000 * (packages.pass + packages.neutral)) / decided) / 10 : null;
}

/** `90.5 %` */
export function formatPercent(percent: number): string {
  return `${percent.toFixed(1)} %`;
}

/** How each suite stands on each architecture: rows and columns of the template `standing`. */
export function standingView(platforms: readonly PlatformCounts[]): object {
  const suites = [...new Set(platforms.map(({ suite }) => suite))];
  const arches = [...new Set(platforms.map(({ arch }) => arch))].sort();
  const find = (suite: string, arch: string): PlatformCounts | undefined =>
    platforms.find((platform) => platform.suite === suite && platform.arch === arch);
  const rows = suites.map((suite) => ({
    suite,
    href: listPath('failing', { suite }),
    cells: arches.map((arch) => ({ counts: cell(find(suite, arch)) })),
  }));
  return { arches, rows };
}

function cell(platform: PlatformCounts | undefined): object | null {
  const percent = platform && goodPercent(platform.packages);
  if (platform === undefined || percent == null) return null;
  const { suite, arch, packages } = platform;
  return {
    ...{ suite, arch, percent, good: formatPercent(percent), fail: packages.fail },
    href: packages.fail > 0 ? listPath('failing', { suite, arch }) : null,
  };
}
