import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { graphiqlPage } from './graphiql.js';
import { Subscribers } from './live/subscribers.js';
import { openSockets } from './sockets.js';
import { yogaFor, type EndpointOptions, type Yoga } from './yoga.js';

/** Subscriptions open at once, over all connections. */
const MAX_SUBSCRIBERS = 2_000;

export interface HttpRequest {
  readonly method: string;
  /** From the root, with its query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Null: none. Its size has been limited. */
  readonly body: string | null;
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** An iterable for a subscription: read it to its end, or leave it. */
  readonly body: string | Buffer | AsyncIterable<Uint8Array> | null;
}

/** GraphQL over HTTP (queries and mutations; subscriptions as server-sent events) and over WebSockets. */
export interface GraphqlEndpoint {
  answer(request: HttpRequest): Promise<HttpAnswer>;
  /** Takes over a connection that asks to become a WebSocket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Ends all subscriptions and sockets. */
  close(): Promise<void>;
}

export function createEndpoint(options: EndpointOptions): GraphqlEndpoint {
  const subscribers = new Subscribers(MAX_SUBSCRIBERS);
  const yoga = yogaFor(options, subscribers);
  const sockets = openSockets(yoga, options.logger);
  return {
    answer: (request) => (wantsPage(request) ? graphiqlAnswer(request) : answer(yoga, request)),
    upgrade: (request, socket, head) => {
      sockets.upgrade(request, socket, head);
    },
    close: async () => {
      subscribers.close();
      await sockets.close();
      await yoga.dispose();
    },
  };
}

/** A browser that was pointed here, perhaps with a query to begin with (`?query=`). */
function wantsPage({ method, headers }: HttpRequest): boolean {
  return method === 'GET' && String(headers.accept).includes('text/html');
}

async function graphiqlAnswer({ headers: { 'if-none-match': known } }: HttpRequest): Promise<HttpAnswer> {
  const { headers, body } = await graphiqlPage();
  return known === headers.etag ? { status: 304, headers, body: null } : { status: 200, headers, body };
}

async function answer(yoga: Yoga, { method, url, headers, body, signal }: HttpRequest): Promise<HttpAnswer> {
  const request = new yoga.fetchAPI.Request(`http://localhost${url}`, {
    method,
    headers: headers as Record<string, string>,
    signal,
    ...(body !== null && { body }),
  });
  const response = await yoga.fetch(request, {});
  const streams = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: streams ? response.body : await response.text(),
  };
}
