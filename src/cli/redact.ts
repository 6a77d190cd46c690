/** The user name of a URL, then its password: up to the last @ of the word, for passwords may hold one. */
const PASSWORD = /([a-z][a-z0-9+.-]*:\/\/[^\s:@/"']*):[^\s"']*@/gi;

/** The text with `***` for each password in a URL. */
export function redactUrls(text: string): string {
  return text.replace(PASSWORD, '$1:***@');
}

const SCHEME_AND_USER = /^[a-z][a-z0-9+.-]*:\/\/[^\s:@/]*/i;

/** A value that should be a URL, with `***` for what may be a password in it, however badly it is formed. */
export function redactUrl(url: string): string {
  const end = url.lastIndexOf('@');
  const shown = SCHEME_AND_USER.exec(url)?.[0] ?? '';
  return shown.length < end ? `${shown}:***${url.slice(end)}` : url;
}
