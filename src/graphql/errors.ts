import { GraphQLError, type GraphQLErrorExtensions } from 'graphql';
import { BadKeyError } from '../application/callers.js';
import { DebciError } from '../domain/errors.js';
import type { Logger } from '../domain/ports/logger.js';

/** What callers may know of an error: what they did wrong in full; of what is our affair, the code alone. */

const FORBIDDEN_STATUS = 403;
const HIDDEN_MESSAGE = 'the server could not do this; its log says why';

/** The error of ours that is behind one of GraphQL's. */
function oursBehind(error: unknown): DebciError | null {
  if (error instanceof DebciError) return error;
  return error instanceof GraphQLError && error.originalError ? oursBehind(error.originalError) : null;
}

/** An error of the GraphQL engine itself: a query that is not well formed, or does not fit the schema. */
function isQueryError(error: unknown): error is GraphQLError {
  if (!(error instanceof GraphQLError)) return false;
  return error.originalError === undefined || isQueryError(error.originalError);
}

function describe(error: unknown, logger: Logger): { message: string; extensions: GraphQLErrorExtensions } {
  const ours = oursBehind(error);
  if (ours?.exitCode === 2) {
    const { code, message } = ours;
    return {
      message,
      extensions: { code, ...(ours instanceof BadKeyError && { http: { status: FORBIDDEN_STATUS } }) },
    };
  }
  if (isQueryError(error)) return { message: error.message, extensions: { ...error.extensions, code: 'E_BAD_QUERY' } };
  logger.error({ err: error }, 'a GraphQL operation failed');
  return { message: HIDDEN_MESSAGE, extensions: { code: ours?.code ?? 'E_INTERNAL' } };
}

const TOLD = new WeakSet<GraphQLError>();

/** The error as callers get it; always with a code. */
export function toldError(error: unknown, logger: Logger): GraphQLError {
  if (error instanceof GraphQLError && TOLD.has(error)) return error;
  const { message, extensions } = describe(error, logger);
  const { nodes, source, positions, path } = error instanceof GraphQLError ? error : ({} as Partial<GraphQLError>);
  const told = new GraphQLError(message, {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    path: path ?? null,
    extensions,
  });
  TOLD.add(told);
  return told;
}
