import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { ReadModel } from '../projections/read-model.js';
import type { RunRecord } from '../projections/views.js';
import { jobJson } from './data/job-json.js';
import { jsonList } from './data/json-list.js';
import { isKnown, sendText } from './send.js';

const TYPE = 'application/json; charset=utf-8';

/** @param value undefined: there is none, and the answer is "not found". */
export function sendJson(reply: FastifyReply, value: object | undefined): void {
  if (value === undefined) reply.callNotFound();
  else sendText(reply, TYPE, `${JSON.stringify(value)}\n`);
}

/**
 * Streams a list of jobs, as far as it is read. It is a function of the read model, so that the place in the log names
 * its version: who has that one is told so, and only one part is read.
 * @param parts none at all: the answer is "not found".
 */
export function sendJobs(
  reply: FastifyReply,
  readModel: Pick<ReadModel, 'position'>,
  parts: Iterable<readonly RunRecord[]>,
): FastifyReply {
  const etag = `W/"${readModel.position() ?? ''}"`;
  const iterator = parts[Symbol.iterator]();
  const first = iterator.next();
  if (first.done === true) {
    reply.callNotFound();
    return reply;
  }
  reply.header('etag', etag).header('cache-control', 'no-cache').type(TYPE);
  if (isKnown(reply.request, etag)) return reply.code(304).send();
  return reply.send(Readable.from(jsonList(jobs(first.value, iterator)), { objectMode: false }));
}

function* jobs(first: readonly RunRecord[], rest: Iterator<readonly RunRecord[]>): Generator<object[]> {
  yield first.map(jobJson);
  for (let next = rest.next(); next.done !== true; next = rest.next()) yield next.value.map(jobJson);
}
