import { createYoga, type Plugin } from 'graphql-yoga';
import type { ExecutionArgs } from 'graphql';
import { keyIn, type Callers } from '../application/callers.js';
import type { Logger } from '../domain/ports/logger.js';
import { contextFor, type GraphContext, type GraphqlParts } from './context.js';
import { toldError } from './errors.js';
import { assertWithinLimits, parseWithinLimits } from './limits.js';
import type { Subscribers } from './live/subscribers.js';
import { buildGraphqlSchema } from './schema.js';

/** Where GraphQL is served. */
export const GRAPHQL_PATH = '/graphql';

export interface EndpointOptions extends Omit<GraphqlParts, 'subscribers'> {
  readonly callers: Callers;
  readonly logger: Logger;
}

/** How long a document is, is seen when it is parsed; how much it asks for, when its variables are known. */
const limits: Plugin = {
  onParse: (parsing) => {
    parsing.setParseFn(parseWithinLimits);
  },
  onExecute: ({ args }) => {
    assertWithinLimits(operationOf(args));
  },
  onSubscribe: ({ args }) => {
    assertWithinLimits(operationOf(args));
  },
};

/** Errors of parsing and validation are not masked, since they are the caller's; but they get our codes too. */
function codes(logger: Logger): Plugin {
  return {
    onExecutionResult: (executed) => {
      const { result } = executed;
      if (result === undefined || !('errors' in result)) return;
      executed.setResult({ ...result, errors: result.errors.map((error) => toldError(error, logger)) });
    },
  };
}

function operationOf({ schema, document, operationName, variableValues }: ExecutionArgs) {
  return { schema, document, operationName, variableValues };
}

/** The engine: the schema, its context, its limits, and what is told of errors. */
export function yogaFor({ callers, logger, ...rest }: EndpointOptions, subscribers: Subscribers) {
  const parts = { ...rest, subscribers };
  return createYoga<object, GraphContext>({
    schema: buildGraphqlSchema(),
    graphqlEndpoint: GRAPHQL_PATH,
    context: (initial) => contextFor(parts, callers.withKey(keyOf(initial))),
    maskedErrors: { errorMessage: '', maskError: (error) => toldError(error, logger) },
    plugins: [limits, codes(logger)],
    // No cookies are looked at, so pages of any origin may ask what anybody may ask.
    cors: { origin: '*', credentials: false, methods: ['GET', 'POST', 'OPTIONS'] },
    batching: false,
    multipart: false,
    graphiql: false,
    landingPage: false,
    logging: false,
  });
}

interface Initial {
  readonly request?: { readonly headers: { get(name: string): string | null } };
  /** Over a WebSocket: what the client said when it connected. */
  readonly connectionParams?: Readonly<Record<string, unknown>>;
}

/** A browser cannot set headers of a WebSocket, so there they also come in the first message. */
function keyOf({ request, connectionParams }: Initial): string | null {
  const params = Object.entries(connectionParams ?? {}).map(([name, value]) => [name.toLowerCase(), value] as const);
  const given = new Map(params);
  return keyIn((name) => {
    const value = given.get(name);
    return typeof value === 'string' ? value : request?.headers.get(name);
  });
}

export type Yoga = ReturnType<typeof yogaFor>;
