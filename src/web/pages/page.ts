import type { Target } from '../../projections/views.js';

/** What a page is made of: a template and what it shows. Links and all else are plain text; the template escapes. */
export interface Page {
  readonly template: string;
  /** The document's title, without the site's name. */
  readonly title: string;
  readonly view: object;
  /** Where the page stands: the links above its heading. */
  readonly trail: readonly Crumb[];
  /** What happenings it shows, so that it can be kept up while it is looked at. Default: none. */
  readonly live?: LiveFilter | null;
}

/** Runs of these properties; of all, where none is given. */
export type LiveFilter = Partial<Target> & { readonly runId?: number; readonly prefix?: string };

export interface Crumb {
  readonly text: string;
  readonly href: string;
}

export const HOME: Crumb = { text: 'Packages', href: '/' };
