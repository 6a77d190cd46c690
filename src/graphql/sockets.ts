import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { DocumentNode, ExecutionArgs, GraphQLSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import type { Logger } from '../domain/ports/logger.js';
import type { Yoga } from './yoga.js';
import { toldError } from './errors.js';

/** Bytes of a message from a client; a query with its variables. */
const MAX_MESSAGE_BYTES = 256 * 1024;
/** Connections at once. */
const MAX_SOCKETS = 1_000;
const TRY_AGAIN_LATER = 1013;

export interface Sockets {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): Promise<void>;
}

/** What graphql-ws hands from one step of an operation to the next. */
interface Root {
  readonly execute: (args: ExecutionArgs) => never;
  readonly subscribe: (args: ExecutionArgs) => never;
}

/** What yoga gives for one operation, which its types leave open. */
interface Enveloped extends Root {
  readonly schema: GraphQLSchema;
  readonly contextFactory: () => Promise<object>;
  readonly parse: (query: string) => DocumentNode;
  readonly validate: (schema: GraphQLSchema, document: DocumentNode) => readonly unknown[];
}

/**
 * GraphQL over WebSockets, by graphql-ws's protocol. Operations go through the same plugins as those over HTTP.
 * Sends as fast as the client reads, and a client that answers no ping within 12 s is dropped.
 */
export function openSockets(yoga: Yoga, logger: Logger): Sockets {
  const server = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });
  const gentle = useServer(
    {
      isProd: true,
      execute: (args) => (args.rootValue as Root).execute(args),
      subscribe: (args) => (args.rootValue as Root).subscribe(args),
      onSubscribe: async ({ connectionParams, extra: { request } }, _id, params) => {
        const headers = { get: (name: string) => headerOf(request, name) };
        const initial = { connectionParams, request: { headers }, params };
        try {
          const enveloped = yoga.getEnveloped(initial) as Enveloped;
          const { schema, execute, subscribe, contextFactory, parse, validate } = enveloped;
          const document = parse(params.query);
          const errors = validate(schema, document);
          if (errors.length > 0) return errors.map((error) => toldError(error, logger));
          const { operationName, variables: variableValues } = params;
          const contextValue = await contextFactory();
          return { schema, document, operationName, variableValues, contextValue, rootValue: { execute, subscribe } };
        } catch (error) {
          return [toldError(error, logger)];
        }
      },
    },
    server,
  );
  let closing: Promise<void> | undefined;
  return {
    upgrade: (request, socket, head) => {
      server.handleUpgrade(request, socket, head, (client) => {
        if (server.clients.size > MAX_SOCKETS) client.close(TRY_AGAIN_LATER);
        else server.emit('connection', client, request);
      });
    },
    close: () => (closing ??= Promise.resolve(gentle.dispose())),
  };
}

function headerOf({ headers }: IncomingMessage, name: string): string | null {
  const value = headers[name];
  return typeof value === 'string' ? value : null;
}
