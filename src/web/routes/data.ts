import type { FastifyInstance } from 'fastify';
import type { ServerOptions } from '../server-options.js';
import { badges } from './badges.js';
import { dataFiles } from './data-files.js';
import { feeds } from './feeds.js';
import { packageData } from './package-data.js';
import { statusData } from './status-data.js';

/**
 * All of `/data/…`, at Debian's addresses. Feeds, JSON and badges are made of the read model when they are asked for:
 * there are twelve times as many of them as of pages, and few are ever read.
 */
export async function data(app: FastifyInstance, options: ServerOptions): Promise<void> {
  await app.register(dataFiles, options);
  await app.register(statusData, options);
  await app.register(packageData, options);
  await app.register(feeds, options);
  await app.register(badges, options);
}
