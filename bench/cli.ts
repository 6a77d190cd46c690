import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEBCI } from '../test/support/debci.js';
import { RabbitNode } from '../test/support/rabbitmq.js';
import { Service } from '../test/support/service.js';
import { median, timed, type Limited } from './harness.js';

const ROUNDS = 15;
/** What a user waits at most before it feels slow. */
const VERSION_MS = 250;
/** Debian's takes 800-1,000 ms. */
const ENQUEUE_MS = 600;

/** Wall time of whole processes, median. */
async function wallMs(args: readonly string[]): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    times.push(
      await timed(async () => {
        const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
        const [code] = (await once(child, 'close')) as [number];
        if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`);
      }),
    );
  }
  return median(times.slice(1));
}

async function enqueueMs(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'debci-bench-'));
  const broker = await RabbitNode.start();
  const amqp = ['--amqp', broker.url];
  const collector = new Service(['collector', ...amqp, '--data-dir', join(folder, 'collector')]);
  try {
    await collector.said('collector ready');
    return await wallMs([DEBCI, 'enqueue', ...amqp, '--data-dir', folder, '--backend', 'fake', 'hello']);
  } finally {
    await collector.stop();
    await broker.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

/** How long people wait for one-shot commands. */
export async function benchCli(): Promise<Limited[]> {
  return [
    { name: 'bare node (for comparison)', value: await wallMs(['-e', '0']), unit: 'ms', atMost: VERSION_MS },
    { name: 'debci --version', value: await wallMs([DEBCI, '--version']), unit: 'ms', atMost: VERSION_MS },
    { name: 'debci enqueue, request to answer over AMQP', value: await enqueueMs(), unit: 'ms', atMost: ENQUEUE_MS },
  ];
}
