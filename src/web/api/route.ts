import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../../application/callers.js';
import { InvalidInputError } from '../../domain/errors.js';
import { runId as runIdRule } from '../../domain/rules.js';
import type { ServerOptions } from '../server-options.js';

/** What the calls of the REST interface need. */
export type ApiOptions = Pick<ServerOptions, 'requests' | 'rejectList' | 'readModel' | 'logger'>;

/** Answers a call of somebody who is known. */
export type Handler = (request: FastifyRequest, caller: Caller, reply: FastifyReply) => unknown;

/** Adds a call below `/api/v1`. */
export type Route = (method: 'GET' | 'POST', path: string, handler: Handler) => void;

/** @throws InvalidInputError */
export function runIdOf(text: string): number {
  const id = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (runIdRule.accepts(id)) return id;
  throw new InvalidInputError([{ field: 'run id', value: text, allowed: runIdRule.allowed }]);
}
