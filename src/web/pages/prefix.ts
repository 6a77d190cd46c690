import type { Status } from '../../domain/verdict.js';
import type { ReadModel } from '../../projections/read-model.js';
import type { PackageSummary } from '../../projections/views.js';
import { packagePath } from '../paths.js';
import { HOME, type Page } from './page.js';
import { badge, type BadgeView } from './run-view.js';

/** The worst first: that is what people look for. */
const SHOWN: readonly Status[] = ['fail', 'tmpfail', 'neutral', 'pass'];

function packageView({ name, statuses }: PackageSummary): object {
  const counts: { badge: BadgeView; count: number }[] = SHOWN.filter((status) => statuses[status] > 0).map(
    (status) => ({ badge: badge(status), count: statuses[status] }),
  );
  return { name, href: packagePath(name), counts, none: counts.length === 0 };
}

/** The packages that begin alike, each with how it stands. */
export function prefixPage(readModel: ReadModel, prefix: string): Page | null {
  const packages = readModel.packages.withPrefix(prefix).map(packageView);
  if (packages.length === 0) return null;
  return {
    template: 'prefix',
    title: `Packages ${prefix}…`,
    view: { prefix, packages },
    trail: [HOME],
    live: { prefix },
  };
}
