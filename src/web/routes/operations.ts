import type { FastifyInstance } from 'fastify';
import { exposition, EXPOSITION_TYPE } from '../operations/exposition.js';
import { metrics } from '../operations/metrics.js';
import { readiness } from '../operations/readiness.js';
import type { ServerOptions } from '../server-options.js';

/** For those who run a debci: `/healthz` (it answers, and up to where in the log), `/readyz` (its answers are of now), `/metrics` (Prometheus). */
export function operations(app: FastifyInstance, options: ServerOptions, done: () => void): void {
  const { readModel } = options;
  app.addHook('onRequest', (_request, reply, next) => {
    reply.header('cache-control', 'no-store');
    next();
  });
  const config = { asksItself: true };
  app.get('/healthz', { config }, () => ({ status: 'ok', position: readModel.position() }));
  app.get('/readyz', { config }, async (_request, reply) => {
    const state = await readiness({ readModel, ...options.operations }, options.logger);
    return reply.code(state.ready ? 200 : 503).send(state);
  });
  app.get('/metrics', async (_request, reply) => {
    return reply.type(EXPOSITION_TYPE).send(exposition(await metrics({ readModel, ...options.operations })));
  });
  done();
}
