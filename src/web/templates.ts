import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Mustache from 'mustache';

const EXTENSION = '.mustache';
const LAYOUT = 'layout';
/** The name by which the layout includes the page. */
const BODY = 'body';

/** The page templates of a folder. Each may include the others by name, and comes inside the layout. */
export class Templates {
  readonly #sources: ReadonlyMap<string, string>;
  readonly #writer = new Mustache.Writer();

  constructor(folder: string) {
    const files = readdirSync(folder).filter((file) => file.endsWith(EXTENSION));
    this.#sources = new Map(
      files.map((file) => [file.slice(0, -EXTENSION.length), readFileSync(join(folder, file), 'utf8')]),
    );
  }

  /** A whole HTML document. All values of the view are escaped. */
  render(name: string, view: object): string {
    return this.#writer.render(this.#source(LAYOUT), view, (partial) => {
      return this.#source(partial === BODY ? name : partial);
    });
  }

  #source(name: string): string {
    const source = this.#sources.get(name);
    if (source === undefined) throw new Error(`there is no template ${name}`);
    return source;
  }
}
