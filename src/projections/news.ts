import { verdictChanges } from './verdict-changes.js';

/** Debian's news: a run whose verdict differs from the one before. */
export const news = verdictChanges({
  name: 'news',
  table: 'news',
  indices: `
CREATE INDEX news_newest ON news (endedAt, runId) WHERE previousStatus IS NOT NULL;
CREATE INDEX news_package ON news (package, endedAt, runId) WHERE previousStatus IS NOT NULL;`,
  matters: (status, other) => other.status !== status,
});
