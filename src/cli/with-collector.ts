import type { RequestTransport } from '../application/submit.js';
import { openTransport } from './compose/request-transport.js';
import type { Config } from './config/config.js';
import { noProgress, startProgress } from './progress.js';

/** Sends something to the collector, showing on a terminal that it waits. */
export async function withCollector<Result>(
  config: Config,
  silent: boolean,
  work: (transport: RequestTransport) => Promise<Result>,
): Promise<Result> {
  const transport = await openTransport(config);
  const progress = silent || config.quiet ? noProgress : startProgress('Waiting for the collector', process.stderr);
  try {
    return await work(transport);
  } finally {
    progress.stop();
    await transport.close();
  }
}
