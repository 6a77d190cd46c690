import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { DocumentNode, ExecutionArgs, GraphQLSchema } from 'graphql';
import type { OperationResult, SubscribePayload } from 'graphql-ws';
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

/** The steps of an operation, wrapped by the engine's plugins. */
interface Steps {
  readonly schema: GraphQLSchema;
  readonly parse: (text: string) => DocumentNode;
  readonly validate: (schema: GraphQLSchema, document: DocumentNode) => readonly unknown[];
  readonly contextFactory: () => Promise<unknown>;
  readonly execute: (args: ExecutionArgs) => OperationResult;
  readonly subscribe: (args: ExecutionArgs) => OperationResult;
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
      execute: (args) => (args.rootValue as Steps).execute(args),
      subscribe: (args) => (args.rootValue as Steps).subscribe(args),
      onSubscribe: async ({ connectionParams, extra: { request } }, _id, params) => {
        const headers = { get: (name: string) => headerOf(request, name) };
        const steps = yoga.getEnveloped({ connectionParams, request: { headers }, params }) as Steps;
        try {
          return await argsOf(steps, params);
        } catch (error) {
          return (error instanceof AggregateError ? error.errors : [error]).map((one) => toldError(one, logger));
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

/** The steps go along as the root value, to be taken next. @throws AggregateError of what is not valid */
async function argsOf(steps: Steps, { query, operationName, variables }: SubscribePayload): Promise<ExecutionArgs> {
  const { schema } = steps;
  const document = steps.parse(query);
  const errors = steps.validate(schema, document);
  if (errors.length > 0) throw new AggregateError(errors);
  const contextValue = await steps.contextFactory();
  return {
    schema,
    document,
    contextValue,
    rootValue: steps,
    operationName: operationName ?? null,
    variableValues: variables ?? {},
  };
}

function headerOf({ headers }: IncomingMessage, name: string): string | null {
  const value = headers[name];
  return typeof value === 'string' ? value : null;
}
