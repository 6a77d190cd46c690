import type { ReadModel } from '../../projections/read-model.js';
import { packagePath } from '../paths.js';
import { HOME, type Page } from './page.js';

const MATCHES = 100;

const MATCHES_AS_YOU_TYPE = 10;

/** The first packages whose names hold the text, each with its page. */
export function searchMatches(
  readModel: ReadModel,
  query: string,
  limit = MATCHES_AS_YOU_TYPE,
): { readonly name: string; readonly href: string }[] {
  return readModel.packages.search(query, limit).map((name) => ({ name, href: packagePath(name) }));
}

/** Packages whose names hold the text. */
export function searchPage(readModel: ReadModel, query: string): Page {
  const found = searchMatches(readModel, query, MATCHES + 1);
  const matches = found.slice(0, MATCHES);
  const view = {
    ...{ query, matches, hasMatches: matches.length > 0, asked: query.trim() !== '' },
    limit: found.length > MATCHES ? MATCHES : null,
  };
  return { template: 'search', title: query.trim() === '' ? 'Search' : `Search for ${query}`, view, trail: [HOME] };
}
