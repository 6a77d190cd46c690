/** The user name of a URL, then its password: up to the last @ of the word, for passwords may hold one. */
const PASSWORD = /([a-z][a-z0-9+.-]*:\/\/[^\s:@/"']*):[^\s"']*@/gi;

/** The text with `***` for each password in a URL. */
export function redactUrls(text: string): string {
  return text.replace(PASSWORD, '$1:***@');
}
