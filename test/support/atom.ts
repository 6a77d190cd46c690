import { SaxesParser, type SaxesTagNS } from 'saxes';

const ATOM = 'http://www.w3.org/2005/Atom';
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** An element of XML: its children, or its text. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
}

/** Reads XML as strictly as the specification does. @throws where it is not well formed */
export function parseXml(text: string): Element {
  const root: Element = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  const parser = new SaxesParser({ xmlns: true });
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', (tag: SaxesTagNS) => {
    const attributes = Object.fromEntries(Object.values(tag.attributes).map(({ name, value }) => [name, value]));
    const element = { name: `{${tag.uri}}${tag.local}`, attributes, children: [], text: '' };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on('text', (piece) => {
    const element = open.at(-1);
    if (element) element.text += piece;
  });
  parser.on('closetag', () => {
    open.pop();
  });
  parser.write(text).close();
  const [document] = root.children;
  if (!document) throw new Error('there is no element');
  return document;
}

export interface AtomEntry {
  readonly id: string;
  readonly title: string;
  readonly updated: string;
  readonly href: string;
  readonly summary: string;
}

export interface AtomFeed extends Omit<AtomEntry, 'summary'> {
  readonly self: string;
  readonly author: string;
  readonly entries: readonly AtomEntry[];
}

/** What RFC 4287 says that there must be exactly one of. */
function one(parent: Element, name: string): Element {
  const found = parent.children.filter((child) => child.name === `{${ATOM}}${name}`);
  const [only] = found;
  if (!only || found.length > 1) throw new Error(`${parent.name} has ${found.length} elements ${name}`);
  return only;
}

/** An absolute IRI, and a time of RFC 3339 (RFC 4287, 4.2.6 and 3.3). */
function common(element: Element): Pick<AtomEntry, 'id' | 'title' | 'updated'> {
  const [id, title, updated] = ['id', 'title', 'updated'].map((name) => one(element, name).text) as [
    string,
    string,
    string,
  ];
  new URL(id);
  if (!INSTANT.test(updated) || Number.isNaN(Date.parse(updated))) throw new Error(`${updated} is no time`);
  return { id, title, updated };
}

function link(element: Element, rel: string): string {
  const found = element.children.filter(({ name, attributes }) => name.endsWith('}link') && attributes.rel === rel);
  if (found.length !== 1) throw new Error(`${found.length} links ${rel}`);
  const href = found[0]?.attributes.href ?? '';
  new URL(href);
  return href;
}

/** Reads a feed and holds it against RFC 4287. @throws where it breaks it */
export function parseAtom(text: string): AtomFeed {
  const feed = parseXml(text);
  if (feed.name !== `{${ATOM}}feed`) throw new Error(`the root is ${feed.name}`);
  const entries = feed.children
    .filter(({ name }) => name === `{${ATOM}}entry`)
    .map((entry) => ({ ...common(entry), href: link(entry, 'alternate'), summary: one(entry, 'summary').text }));
  if (new Set(entries.map(({ id }) => id)).size !== entries.length) throw new Error('an id comes twice');
  const author = one(one(feed, 'author'), 'name').text;
  return { ...common(feed), self: link(feed, 'self'), href: link(feed, 'alternate'), author, entries };
}
