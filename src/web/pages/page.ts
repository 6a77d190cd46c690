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
  /** The address of a feed that tells what changes here. */
  readonly feed?: string;
  /** How to see the page as it was; absent: it shows now only. */
  readonly past?: PastChoice;
}

/** A page that can be asked for as of a moment. */
export interface PastChoice {
  /** The moment that it shows; null: now. */
  readonly asOf: string | null;
  /** The same page as of now. */
  readonly nowHref: string;
  /** What else stands in its address. */
  readonly fields: readonly { readonly name: string; readonly value: string }[];
}

export function pastChoice(
  asOf: string | undefined,
  nowHref: string,
  fields: Readonly<Record<string, string | undefined>> = {},
): PastChoice {
  const given = Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
  return { asOf: asOf ?? null, nowHref, fields: given };
}

/** Runs of these properties; of all, where none is given. */
export type LiveFilter = Partial<Target> & { readonly runId?: number; readonly prefix?: string };

export interface Crumb {
  readonly text: string;
  readonly href: string;
}

export const HOME: Crumb = { text: 'Packages', href: '/' };
