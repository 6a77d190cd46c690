import type { NewsItem } from '../../projections/views.js';
import { badge, runView } from './run-view.js';

/** Changed verdicts, as a list of the template `news`. */
export function newsView(items: readonly NewsItem[], showPackage: boolean, asOf?: string): object {
  const news = items.map(({ run, previousStatus }) => ({ run: runView(run, asOf), previous: badge(previousStatus) }));
  return { news, hasNews: news.length > 0, showPackage };
}
