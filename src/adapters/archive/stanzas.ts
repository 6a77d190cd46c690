/** A stanza's fields by their names in small letters: those that were asked for, and that it has. */
export type Stanza = ReadonlyMap<string, string>;

/** No stanza of an archive is nearly that long; a file without blank lines must not fill the memory. */
const MAX_STANZA_CHARACTERS = 16 * 1024 * 1024;

/**
 * Reads deb822 (deb822(5)), of which archives' indices are, piece by piece.
 * @param wanted names of fields in small letters; all others are skipped.
 */
export async function* stanzas(text: AsyncIterable<string>, wanted: ReadonlySet<string>): AsyncGenerator<Stanza> {
  let rest = '';
  for await (const piece of text) {
    rest += piece;
    let from = 0;
    for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n', from)) {
      if (end > from) yield parseStanza(rest, from, end, wanted);
      from = end + 2;
    }
    rest = rest.slice(from);
    if (rest.length > MAX_STANZA_CHARACTERS) throw new Error('a stanza is too long: this is no index');
  }
  if (rest.trim() !== '') yield parseStanza(rest, 0, rest.length, wanted);
}

function parseStanza(text: string, from: number, to: number, wanted: ReadonlySet<string>): Stanza {
  const fields = new Map<string, string>();
  let field: string | null = null;
  for (let start = from; start < to;) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 || newline > to ? to : newline;
    const first = text.charCodeAt(start);
    if (first === SPACE || first === TAB) {
      if (field !== null) fields.set(field, `${fields.get(field) ?? ''}\n${text.slice(start, end).trim()}`);
    } else {
      field = nameOf(text, start, end, wanted);
      if (field !== null) fields.set(field, text.slice(text.indexOf(':', start) + 1, end).trim());
    }
    start = end + 1;
  }
  return fields;
}

const SPACE = 32;
const TAB = 9;

/** The field that a line begins, if it is wanted. */
function nameOf(text: string, start: number, end: number, wanted: ReadonlySet<string>): string | null {
  const colon = text.indexOf(':', start);
  if (colon < 0 || colon > end) return null;
  const name = text.slice(start, colon).toLowerCase();
  return wanted.has(name) ? name : null;
}
