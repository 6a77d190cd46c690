import { escapeMarkup } from '../escape.js';

/** Text that is XML already. */
export class Xml {
  constructor(readonly text: string) {}
}

type Part = string | number | null | Xml | readonly Xml[];

/** What XML 1.0 allows in no form, and what changes the order in which text around it is read. */
// eslint-disable-next-line no-control-regex
const NOT_ALLOWED = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/g;

function escape(text: string): string {
  return escapeMarkup(text.toWellFormed().replace(NOT_ALLOWED, '\ufffd'));
}

function textOf(part: Part): string {
  if (part === null) return '';
  if (part instanceof Xml) return part.text;
  if (typeof part === 'object') return part.map(({ text }) => text).join('');
  return escape(String(part));
}

/** A template of XML. Values are escaped, for elements' text and quoted attributes, but for those that are XML. */
export function xml(strings: TemplateStringsArray, ...parts: readonly Part[]): Xml {
  return new Xml(strings.reduce((text, next, index) => text + textOf(parts[index - 1] ?? null) + next));
}
