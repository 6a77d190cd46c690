import { archName, packageName, suiteName } from '../domain/rules.js';
import type { DateCursor, Target, Viewer } from '../projections/views.js';
import { packagePrefix } from '../domain/job.js';
import { homePage } from './pages/home.js';
import { historyPage } from './pages/history.js';
import { packagePage } from './pages/package.js';
import type { Page, PastChoice } from './pages/page.js';
import { formatTime } from './format.js';
import { prefixPage } from './pages/prefix.js';
import { statusListPage } from './pages/status/lists.js';
import { statusPage } from './pages/status/overview.js';
import type { StatusSources } from './pages/status/settings.js';
import { momentText } from './moment.js';
import { historyPath, packagePath, prefixPath, SEARCH_PATH } from './paths.js';
import { isStatusList, listPath, type ListQuery, type StatusList } from './status-lists.js';
import type { Templates } from './templates.js';

/** A page. Those without `asOf`, `before` or a query are kept as static files. `asOf`: as it stood then (moment.ts). */
export type PageRef =
  | { readonly kind: 'home' }
  | { readonly kind: 'status'; readonly asOf?: string }
  | { readonly kind: 'status-list'; readonly list: StatusList; readonly query?: ListQuery }
  | { readonly kind: 'prefix'; readonly prefix: string }
  | { readonly kind: 'package'; readonly package: string; readonly asOf?: string }
  | (Target & {
      readonly kind: 'history';
      readonly before?: DateCursor;
      readonly asOf?: string;
      readonly viewer?: Viewer;
    });

/** Where a page is found; ends with a slash. */
export function pagePath(ref: PageRef): string {
  switch (ref.kind) {
    case 'home':
      return '/';
    case 'status':
      return '/status/';
    case 'status-list':
      return listPath(ref.list, ref.query);
    case 'prefix':
      return prefixPath(ref.prefix);
    case 'package':
      return packagePath(ref.package);
    case 'history':
      return historyPath(ref);
  }
}

const PREFIX = /^([a-z0-9]|lib[a-z0-9+.-])$/;
const BELOW_STATUS = /^\/status\/([^/]+)\/$/;
const BELOW_PACKAGES = /^\/packages\/([^/]+)\/(?:([^/]+)\/(?:([^/]+)\/([^/]+)\/)?)?$/;

/** The page that an address names, if one can be there; null for all other addresses, well formed or not. */
export function pageAt(pathname: string): PageRef | null {
  if (pathname === '/') return { kind: 'home' };
  if (pathname === '/status/') return { kind: 'status' };
  const list = BELOW_STATUS.exec(pathname)?.[1];
  if (list !== undefined) return isStatusList(list) ? { kind: 'status-list', list } : null;
  return belowPackages(decode(pathname));
}

function belowPackages(pathname: string): PageRef | null {
  const [, prefix, name, suite, arch] = BELOW_PACKAGES.exec(pathname) ?? [];
  if (prefix === undefined) return null;
  if (name === undefined) return PREFIX.test(prefix) ? { kind: 'prefix', prefix } : null;
  if (!packageName.accepts(name) || packagePrefix(name) !== prefix) return null;
  if (suite === undefined) return { kind: 'package', package: name };
  return historyAt({ package: name, suite, arch });
}

function historyAt({
  package: name,
  suite,
  arch,
}: {
  package: string;
  suite: string;
  arch?: string | undefined;
}): PageRef | null {
  if (arch === undefined || !suiteName.accepts(suite) || !archName.accepts(arch)) return null;
  return { kind: 'history', package: name, suite, arch };
}

/** The empty text for what is not well encoded. */
function decode(pathname: string): string {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return '';
  }
}

export interface SiteParts extends StatusSources {
  readonly templates: Templates;
  /** Whose packages are tested: `Debian`. */
  readonly distribution: string;
}

/** Makes pages for one site. */
export class Site {
  constructor(private readonly parts: SiteParts) {}

  /** A page as a document; null where there is nothing to show. */
  page(ref: PageRef): string | null {
    const page = this.parts.readModel.snapshot(() => this.#make(ref));
    return page && this.render(page);
  }

  render({ template, title, view, trail, live, feed, past }: Page): string {
    const { distribution, templates } = this.parts;
    const site = { name: `${distribution} Continuous Integration`, distribution, search: SEARCH_PATH };
    const when = past?.asOf == null ? '' : `, as of ${momentText(past.asOf)}`;
    return templates.render(template, {
      ...{ query: '', ...view, title: title + when, trail, hasTrail: trail.length > 0, site },
      feed: feed ?? null,
      hasAbove: trail.length > 0 || past !== undefined,
      ...{ past: past?.asOf == null ? null : pastView(past.asOf, past), choice: past ? choiceView(past) : null },
      live: live ? JSON.stringify(live) : '',
    });
  }

  #make(ref: PageRef): Page | null {
    const { readModel } = this.parts;
    switch (ref.kind) {
      case 'home':
        return homePage(readModel);
      case 'status':
        return statusPage(readModel, ref.asOf);
      case 'status-list':
        return statusListPage(this.parts, ref.list, ref.query ?? {});
      case 'prefix':
        return prefixPage(readModel, ref.prefix);
      case 'package':
        return packagePage(readModel, ref.package, ref.asOf);
      case 'history':
        return historyPage(readModel, ref);
    }
  }
}

function pastView(asOf: string, { nowHref }: PastChoice): object {
  return { time: formatTime(asOf), nowHref };
}

function choiceView({ asOf, fields }: PastChoice): object {
  return { day: asOf === null ? '' : momentText(asOf).slice(0, 10), fields };
}
