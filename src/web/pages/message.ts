import { HOME, type Page } from './page.js';

/** A page that says why there is no page. */
export function messagePage(title: string, text: string): Page {
  return { template: 'message', title, view: { heading: title, text }, trail: [HOME] };
}

export const notFoundPage = messagePage(
  'Not found',
  'There is nothing at this address. Search for a package, or begin at the list of packages.',
);

export const errorPage = messagePage('Something went wrong', 'The page could not be made. Try again in a moment.');

export const notReadyPage = messagePage(
  'Not ready yet',
  'The results are being put in order after an update. Pages that are there are served; try this one again in a minute.',
);
