import type { FastifyInstance } from 'fastify';
import type { ReadModel } from '../../projections/read-model.js';
import { atom, NEWS_PER_FEED, type Feed, type Publisher } from '../data/feed.js';
import { ALL_NEWS_FEED, feedPath, packagePath } from '../paths.js';
import { sendText } from '../send.js';
import { packageOf, stem } from './params.js';

const TYPE = 'application/atom+xml; charset=utf-8';
/** For a feed that has never had anything to tell. */
const BEGINNING = '1970-01-01T00:00:00.000Z';

/** `/data/feeds/…`: the news of a package, and of all. */
export function feeds(
  app: FastifyInstance,
  { readModel, publisher }: { readModel: ReadModel; publisher: Publisher },
  done: () => void,
): void {
  app.get(ALL_NEWS_FEED, (_request, reply) => {
    sendText(reply, TYPE, atom(publisher, allNews(readModel, publisher)));
  });
  app.get<{ Params: { prefix: string; file: string } }>('/data/feeds/:prefix/:file', ({ params }, reply) => {
    const name = packageOf({ prefix: params.prefix, package: stem(params.file, '.xml') });
    if (name === null || !readModel.packages.has(name)) reply.callNotFound();
    else sendText(reply, TYPE, atom(publisher, newsOf(readModel, name)));
  });
  done();
}

function allNews({ packages }: ReadModel, { name }: Publisher): Feed {
  const news = packages.news({ limit: NEWS_PER_FEED }).items;
  return { path: ALL_NEWS_FEED, pagePath: '/', title: `${name}: news`, news, since: BEGINNING };
}

function newsOf({ packages }: ReadModel, name: string): Feed {
  const news = packages.news({ package: name, limit: NEWS_PER_FEED }).items;
  const since = packages.matrix(name).reduce((newest, { run }) => later(newest, run?.endedAt ?? null), BEGINNING);
  return { path: feedPath(name), pagePath: packagePath(name), title: `${name}: news of its tests`, news, since };
}

function later(a: string, b: string | null): string {
  return b !== null && b > a ? b : a;
}
