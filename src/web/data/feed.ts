import type { NewsItem } from '../../projections/views.js';
import { runPath } from '../paths.js';
import { xml, type Xml } from './xml.js';

/** Debian's number. */
export const NEWS_PER_FEED = 10;

export interface Feed {
  /** Where the feed is: a path below `urlBase`. */
  readonly path: string;
  /** The page of what it tells about. */
  readonly pagePath: string;
  readonly title: string;
  /** Newest first. */
  readonly news: readonly NewsItem[];
  /** When what it tells about changed last, for a feed without news. */
  readonly since: string;
}

/** Who publishes it. */
export interface Publisher {
  /** Without a slash at its end. Ids of feeds and entries begin with it: while it stays, they do. */
  readonly urlBase: string;
  readonly name: string;
}

/** An Atom feed (RFC 4287). */
export function atom({ urlBase, name }: Publisher, { path, pagePath, title, news, since }: Feed): string {
  return xml`<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
<title>${title}</title>
<id>${urlBase + path}</id>
<updated>${news[0]?.run.endedAt ?? since}</updated>
<author><name>${name}</name></author>
<link rel="self" type="application/atom+xml" href="${urlBase + path}"/>
<link rel="alternate" type="text/html" href="${urlBase + pagePath}"/>
${news.map((item) => entry(urlBase, item))}</feed>
`.text;
}

function entry(urlBase: string, { run, previousStatus }: NewsItem): Xml {
  const { suite, arch, status } = run;
  const url = urlBase + runPath(run);
  return xml`<entry>
<title>${versioned(run)}: ${status} in ${suite}/${arch} (was ${previousStatus})</title>
<id>${url}</id>
<updated>${run.endedAt}</updated>
<link rel="alternate" type="text/html" href="${url}"/>
<summary>${summary({ run, previousStatus })}</summary>
</entry>
`;
}

function summary({ run, previousStatus }: NewsItem): string {
  const { suite, arch, status, message, trigger } = run;
  const facts = [
    `The tests of ${versioned(run)} in ${suite} on ${arch}: ${previousStatus} before, ${status ?? 'unknown'} now.`,
    message,
    trigger === null ? null : `Trigger: ${trigger}`,
  ];
  return facts.filter((fact) => fact !== null).join('\n');
}

function versioned({ package: name, version }: NewsItem['run']): string {
  return version === null ? name : `${name} ${version}`;
}
