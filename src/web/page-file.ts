import { join } from 'node:path';
import { pageAt, pagePath, type PageRef } from './site.js';

/** Where a page is kept; null for a name that breaks the rules: only addresses that the server would take become files. */
export function pageFile(htmlDir: string, ref: PageRef): string | null {
  const path = pagePath(ref);
  return pageAt(path) === null ? null : join(htmlDir, decodeURIComponent(path), 'index.html');
}
