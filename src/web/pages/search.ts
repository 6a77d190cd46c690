import type { ReadModel } from '../../projections/read-model.js';
import { packagePath } from '../paths.js';
import { HOME, type Page } from './page.js';

const MATCHES = 100;

/** Packages whose names hold the text. */
export function searchPage(readModel: ReadModel, query: string): Page {
  const names = readModel.packages.search(query, MATCHES + 1);
  const matches = names.slice(0, MATCHES).map((name) => ({ name, href: packagePath(name) }));
  const view = {
    ...{ query, matches, hasMatches: matches.length > 0, asked: query.trim() !== '' },
    limit: names.length > MATCHES ? MATCHES : null,
  };
  return { template: 'search', title: query.trim() === '' ? 'Search' : `Search for ${query}`, view, trail: [HOME] };
}
