import { escapeMarkup } from '../escape.js';
import { Painter, plainText } from './colours.js';
import { logLines } from './lines.js';
import { outlineOf, type Section, type Verdict } from './outline.js';

/** So many lines a page shows: a browser goes on to scroll smoothly, and to find text. The raw log has the rest. */
export const SHOWN_LINES = 20_000;
/** And so many of one section, lest a long one takes the place of all others. */
const SECTION_LINES = 4000;
const FAILED_SECTION_LINES = 12_000;
/** What went wrong mostly stands at the end. */
const SHARE_OF_BEGINNING = 0.25;
/** Lines that the browser lays out together, when they come into view. The stylesheet knows the number. */
const LINES_AT_ONCE = 100;

export interface LogOptions {
  /** Reads the log from its beginning; called twice. */
  readonly read: () => AsyncIterable<Uint8Array>;
  /** Where the whole log is; null: nowhere. */
  readonly rawHref: string | null;
  readonly verdict: Verdict;
}

/** The lines of a section that are shown: so many of its beginning and so many of its end. */
interface Shown {
  readonly head: number;
  readonly tail: number;
}

/**
 * A log as HTML, piece by piece: its sections fold, those that tell of a failure are open, and each line has a number
 * that links to it. The log is read twice, since what failed is known at its end only; memory holds a part of it.
 */
export async function* logHtml({ read, rawHref, verdict }: LogOptions): AsyncGenerator<string> {
  const sections = await outlineOf(logLines(read()), verdict);
  const shown = linesToShow(sections);
  const writer = new SectionWriter(rawHref, sections.length === 1);
  let place = 0;
  let done = 0;
  for await (const batch of logLines(read())) {
    let html = '';
    for (const line of batch) {
      const [section, part] = [sections[place], shown[place]];
      if (!section || !part) return;
      if (done === 0) html += writer.begin(section);
      html += writer.line(line, done, section.lines, part);
      if (++done < section.lines) continue;
      html += writer.end();
      place += 1;
      done = 0;
    }
    yield html;
  }
}

/** Shares out the lines of a page: first to the sections that failed, then to the others in their order. */
export function linesToShow(sections: readonly Section[]): Shown[] {
  let left = SHOWN_LINES;
  const shares = new Map<Section, number>();
  for (const failed of [true, false]) {
    for (const section of sections) {
      if (section.failed !== failed) continue;
      const most = sections.length === 1 ? SHOWN_LINES : failed ? FAILED_SECTION_LINES : SECTION_LINES;
      const share = Math.min(section.lines, most, left);
      shares.set(section, share);
      left -= share;
    }
  }
  return sections.map((section) => {
    const share = shares.get(section) ?? 0;
    const head = share === section.lines ? share : Math.round(share * SHARE_OF_BEGINNING);
    return { head, tail: share - head };
  });
}

/** The anchor of a test's section. */
export function testAnchor(test: string): string {
  return `test-${encodeURIComponent(test)}`;
}

class SectionWriter {
  readonly #painter = new Painter();
  readonly #anchors = new Set<string>();
  #number = 0;
  /** Lines in the block that is open; null: none is. */
  #inBlock: number | null = null;

  constructor(
    private readonly rawHref: string | null,
    /** The only section of a log is what one came for. */
    private readonly single: boolean,
  ) {}

  begin({ title, test, lines, failed }: Section): string {
    const anchor = test === null ? null : testAnchor(test);
    const isTest = anchor !== null && title === `test ${test}` && !this.#anchors.has(anchor);
    if (isTest) this.#anchors.add(anchor);
    const id = isTest ? ` id="${escapeMarkup(anchor)}"` : '';
    const sign = failed ? ' <span class="fold-failed"><span aria-hidden="true">✗</span> failed</span>' : '';
    const count = `<span class="count">${lines} ${lines === 1 ? 'line' : 'lines'}</span>`;
    return `<details class="fold"${id}${failed || this.single ? ' open' : ''}><summary><bdi>${escapeMarkup(plainText(title))}</bdi>${sign} ${count}</summary>`;
  }

  /** @param done lines of the section before this one */
  line(line: string, done: number, lines: number, { head, tail }: Shown): string {
    this.#number += 1;
    if (done >= head && done < lines - tail) return done === head ? this.#gap(lines - head - tail) : '';
    let html = this.#inBlock === LINES_AT_ONCE ? this.#close() : '';
    if (this.#inBlock === null) html += '<pre class="lines">';
    this.#inBlock = (this.#inBlock ?? 0) + 1;
    const number = this.#number;
    return `${html}<span id="L${number}"><a href="#L${number}" tabindex="-1">${number}</a>${this.#painter.html(line)}\n</span>`;
  }

  end(): string {
    return `${this.#close()}</details>\n`;
  }

  #close(): string {
    const open = this.#inBlock !== null;
    this.#inBlock = null;
    return open ? '</pre>' : '';
  }

  #gap(lines: number): string {
    const where = this.rawHref === null ? '' : `; <a href="${escapeMarkup(this.rawHref)}">the raw log</a> has them`;
    return `${this.#close()}<p class="gap">${lines} ${lines === 1 ? 'line is' : 'lines are'} left out here${where}</p>`;
  }
}
