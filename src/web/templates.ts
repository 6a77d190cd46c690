import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Mustache from 'mustache';
import { escapeMarkup } from './escape.js';

const EXTENSION = '.mustache';
const LAYOUT = 'layout';
/** The name by which the layout includes the page. */
const BODY = 'body';

const escape = (value: unknown): string => escapeMarkup(String(value));

/** The page templates of a folder. Each may include the others by name, and comes inside the layout. */
export class Templates {
  readonly #sources: ReadonlyMap<string, string>;
  readonly #writer = new Mustache.Writer();

  constructor(folder: string) {
    const files = readdirSync(folder).filter((file) => file.endsWith(EXTENSION));
    this.#sources = new Map(
      files.map((file) => [file.slice(0, -EXTENSION.length), readFileSync(join(folder, file), 'utf8').trimEnd()]),
    );
  }

  /** A whole HTML document. All values of the view are escaped. */
  render(name: string, view: object): string {
    const partial = (included: string): string => this.#source(included === BODY ? name : included);
    return this.#writer.render(this.#source(LAYOUT), view, partial, { escape });
  }

  #source(name: string): string {
    const source = this.#sources.get(name);
    if (source === undefined) throw new Error(`there is no template ${name}`);
    return source;
  }
}
