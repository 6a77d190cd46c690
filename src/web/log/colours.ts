import { escapeMarkup } from '../escape.js';

/* eslint-disable no-control-regex -- that is what this is about */
/** What programs send to terminals: CSI sequences, OSC ones (titles, links), and the short ones. */
const TERMINAL = /\u001b(?:\[[0-9;:?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[ -/]*[0-~])/g;
const COLOURS = /^\u001b\[([0-9;:]*)m$/;
/** What must not be in HTML, or would change how text around it is read. Tabs stay. */
const UNSAFE = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
/* eslint-enable no-control-regex */

const STYLES: Readonly<Record<number, string>> = { 1: 'bold', 2: 'dim', 3: 'italic', 4: 'underline', 7: 'inverse' };
/** The codes that end styles. */
const ENDS: Readonly<Record<number, readonly string[]>> = {
  22: ['bold', 'dim'],
  23: ['italic'],
  24: ['underline'],
  27: ['inverse'],
};

/** How text looks now: names of CSS classes. */
interface Look {
  readonly styles: ReadonlySet<string>;
  readonly text: string | null;
  readonly ground: string | null;
}

const PLAIN: Look = { styles: new Set(), text: null, ground: null };

/**
 * Makes HTML of a log's lines, one after the other: colours go on from line to line.
 * What comes out has spans with classes of ours, and no other markup, whatever the log holds.
 */
export class Painter {
  #look = PLAIN;

  html(line: string): string {
    if (!line.includes('\u001b')) return this.#paint(line);
    let html = '';
    let done = 0;
    for (const { 0: sequence, index } of line.matchAll(TERMINAL)) {
      html += this.#paint(line.slice(done, index));
      done = index + sequence.length;
      const colours = COLOURS.exec(sequence)?.[1];
      if (colours !== undefined) this.#look = changed(this.#look, colours.split(/[;:]/).map(Number));
    }
    return html + this.#paint(line.slice(done));
  }

  #paint(text: string): string {
    const html = escapeMarkup(text.replace(UNSAFE, ''));
    const { styles, text: colour, ground } = this.#look;
    const classes = [...styles, colour, ground].filter((name) => name !== null);
    return html === '' || classes.length === 0 ? html : `<span class="${classes.join(' ')}">${html}</span>`;
  }
}

/** A line as plain text, without what is for terminals. */
export function plainText(line: string): string {
  return (line.includes('\u001b') ? line.replace(TERMINAL, '') : line).replace(UNSAFE, '');
}

/** The look after the codes of one sequence (ECMA-48's SGR). Colours beyond the sixteen are left as they are. */
function changed(look: Look, codes: readonly number[]): Look {
  let now = look;
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] ?? 0;
    if (code === 38 || code === 48) {
      const palette = codes[at + 1] === 5;
      const colour = palette ? (codes[at + 2] ?? 16) : 16;
      if (colour < 16) now = { ...now, [code === 38 ? 'text' : 'ground']: `${code === 38 ? 'c' : 'b'}${colour}` };
      at += palette ? 2 : 4;
    } else now = code === 0 ? PLAIN : coloured(styled(now, code), code);
  }
  return now;
}

function styled(look: Look, code: number): Look {
  const begun = STYLES[code];
  const ended = ENDS[code] ?? [];
  if (begun === undefined && ended.length === 0) return look;
  const styles = new Set(look.styles);
  if (begun !== undefined) styles.add(begun);
  for (const style of ended) styles.delete(style);
  return { ...look, styles };
}

/** Tens say what is coloured (3 text, 4 ground; 9 and 10 the bright ones), ones which colour; 9: as it was at first. */
function coloured(look: Look, code: number): Look {
  const [range, colour] = [Math.floor(code / 10), code % 10];
  const bright = range >= 9 ? 8 : 0;
  const known = colour <= 7 || (colour === 9 && bright === 0);
  if (!known) return look;
  const name = (letter: string): string | null => (colour === 9 ? null : `${letter}${colour + bright}`);
  if (range === 3 || range === 9) return { ...look, text: name('c') };
  return range === 4 || range === 10 ? { ...look, ground: name('b') } : look;
}
