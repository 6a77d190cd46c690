import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { RunDetails } from '../../projections/views.js';
import { logHtml, type LogOptions } from '../log/page-log.js';
import { notFoundPage } from '../pages/message.js';
import { visibleRun, runPage } from '../pages/run.js';
import { searchMatches, searchPage } from '../pages/search.js';
import { momentOf } from '../moment.js';
import { filePath, packagePath, parseCursor, SEARCH_PATH } from '../paths.js';
import { sendDocument, sendText } from '../send.js';
import type { ServerOptions } from '../server-options.js';
import { pageAt, type PageRef } from '../site.js';
import { hasPast, parseListQuery } from '../status-lists.js';

interface TargetParams {
  readonly prefix: string;
  readonly package: string;
  readonly suite: string;
  readonly arch: string;
}

const LONGEST_SEARCH = 128;

/** Pages that are made when they are asked for: search, older parts of a history, logs. */
export function pages(app: FastifyInstance, options: ServerOptions, done: () => void): void {
  app.get<{ Querystring: { query?: unknown } }>(SEARCH_PATH, (request, reply) => {
    search(options, request, reply);
  });
  app.get<{ Params: TargetParams; Querystring: { before?: unknown } }>(
    '/packages/:prefix/:package/:suite/:arch/',
    (request, reply) => {
      history(options, request, reply);
    },
  );
  app.get<{ Params: TargetParams & { runId: string } }>(
    '/packages/:prefix/:package/:suite/:arch/:runId/',
    (request, reply) => run(options, request, reply),
  );
  done();
}

/**
 * A page that is not rendered (yet), made for this request. An address that lacks its last slash is put right.
 * @returns false where there is no such page.
 */
export function sendPageOnDemand({ site }: ServerOptions, request: FastifyRequest, reply: FastifyReply): boolean {
  const pathname = request.url.replace(/\?.*$/, '');
  const path = pathname.endsWith('/') ? pathname : `${pathname}/`;
  const ref = forViewer(request, withQuery(pageAt(path), request.url.slice(pathname.length)));
  const html = ref && site.page(ref);
  if (html === null) return false;
  if (path === pathname) sendDocument(reply.code(200), html);
  else reply.redirect(path + request.url.slice(pathname.length), 301);
  return true;
}

/** The lists can be narrowed, and have more than one page; some pages have a past. Null: the query cannot be. */
function withQuery(ref: PageRef | null, search: string): PageRef | null {
  const given = new URLSearchParams(search);
  const asOf = momentOf(given);
  if (ref === null || asOf === null) return null;
  if (ref.kind === 'status-list') {
    const query = parseListQuery(given);
    return query && (asOf === undefined || hasPast(ref.list)) ? { ...ref, query } : null;
  }
  if (asOf === undefined) return ref;
  return ref.kind === 'status' || ref.kind === 'package' || ref.kind === 'history' ? { ...ref, asOf } : null;
}

/** Histories show who comes with a key their private runs too. */
function forViewer({ viewer }: FastifyRequest, ref: PageRef | null): PageRef | null {
  return ref?.kind === 'history' ? { ...ref, viewer } : ref;
}

/** For people: a search that can only mean one package leads to it. For scripts: what it finds. */
function search(
  { readModel, site }: ServerOptions,
  { query: { query: given }, headers }: FastifyRequest<{ Querystring: { query?: unknown } }>,
  reply: FastifyReply,
): void {
  const query = typeof given === 'string' ? given.slice(0, LONGEST_SEARCH) : '';
  reply.header('vary', 'accept');
  if (headers.accept === 'application/json') {
    sendText(reply, 'application/json; charset=utf-8', JSON.stringify({ matches: searchMatches(readModel, query) }));
    return;
  }
  const matches = readModel.packages.search(query, 2);
  const [only] = matches;
  if (only !== undefined && matches.length === 1) reply.redirect(packagePath(only), 303);
  else sendDocument(reply, site.render(searchPage(readModel, query)));
}

/** The newest part of a history is a static page; the older ones are made. */
function history(
  options: ServerOptions,
  request: FastifyRequest<{ Params: TargetParams; Querystring: { before?: unknown } }>,
  reply: FastifyReply,
): void {
  const path = request.url.replace(/\?.*$/, '');
  const ref = forViewer(request, withQuery(pageAt(path), request.url.slice(path.length)));
  const { before: given } = request.query;
  if (ref?.kind !== 'history') reply.callNotFound();
  else if (given === undefined) {
    if (!sendPageOnDemand(options, request, reply)) reply.callNotFound();
  } else {
    const { site } = options;
    const before = typeof given === 'string' ? parseCursor(given) : null;
    const html = before && site.page({ ...ref, before });
    sendDocument(html === null ? reply.code(404) : reply, html ?? site.render(notFoundPage));
  }
}

/** Stands where the log goes. Nobody can know it, so no page can hold it by itself. */
const LOG_MARK = randomUUID();

/** The page of a run, with its log streamed into it. */
function run(
  { readModel, site, logs }: ServerOptions,
  { params, viewer }: FastifyRequest<{ Params: TargetParams & { runId: string } }>,
  reply: FastifyReply,
): FastifyReply | undefined {
  const { prefix, package: name, suite, arch, runId } = params;
  const target = pageAt(`/packages/${prefix}/${name}/${suite}/${arch}/`);
  const at = { package: name, suite, arch, runId: Number(runId) };
  const found = target !== null && /^[1-9]\d{0,14}$/.test(runId) ? visibleRun(readModel, at, viewer) : null;
  if (!found) {
    reply.callNotFound();
    return undefined;
  }
  const page = runPage(found);
  const log = found.purgedAt === null ? logOf(logs, found) : null;
  const html = site.render({ ...page, view: { ...page.view, logMark: log && LOG_MARK } });
  if (!log) {
    sendDocument(reply, html);
    return undefined;
  }
  const [before = '', after = ''] = html.split(LOG_MARK);
  reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8');
  return reply.send(Readable.from(around(before, log, after)));
}

/** Null: it is not there. */
function logOf(logs: ServerOptions['logs'], run: RunDetails): LogOptions | null {
  const first = logs.readLog(run);
  if (first === null) return null;
  // The first reading has been opened already; a log that is removed between the two ends early.
  const readings = [first];
  const failedTests = new Set(run.tests.filter(({ result }) => result === 'FAIL').map(({ name }) => name));
  return {
    read: () => readings.pop() ?? logs.readLog(run) ?? Readable.from([]),
    rawHref: filePath(run, 'log.gz'),
    verdict: { failed: run.status === 'fail' || run.status === 'tmpfail', failedTests },
  };
}

async function* around(before: string, log: LogOptions, after: string): AsyncGenerator<string> {
  yield before;
  yield* logHtml(log);
  yield after;
}
