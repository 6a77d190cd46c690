import { statSync } from 'node:fs';
import { join } from 'node:path';
import { nextLine, spawnScript } from '../test/support/child.js';
import { RabbitNode, rabbitmqMissing } from '../test/support/rabbitmq.js';
import { Service } from '../test/support/service.js';
import type { Measured } from './harness.js';
import type { Bench, GeneratedInstance } from './large-instance.js';

const SHORT = 1_000_000;
/** Rates on the long log, as a share of those on the short one: flat, but for the noise. */
const FLAT = 0.8;
const STARTS = 3;
const READ_ALL = new URL('long-log/read-all.ts', import.meta.url);

/**
 * What a log of DEBCI_BENCH_EVENTS (default 10,000,000) costs beside one of a million: the file's size, reading all of
 * it, the replay, memory, and the start of a collector that was stopped (no replay from zero). Runs where it is named only.
 */
export async function benchLongLog(bench: Bench): Promise<Measured[]> {
  const count = Number(process.env.DEBCI_BENCH_EVENTS ?? 10_000_000);
  const short = await bench.generated('short', SHORT);
  const long = await bench.generated('long', count);
  const [shortRead, longRead] = [await readAll(short), await readAll(long)];
  const [shortRate, longRate] = [short, long].map(({ replayed }) => replayed.events / replayed.replaySeconds);
  const label = count.toLocaleString('en');
  return [
    { name: `log of ${label} events: file`, value: bytesOf(long) / 1e6, unit: 'MB', atMost: 1e6 },
    { name: '        bytes an event', value: bytesOf(long) / count, unit: 'B', atMost: 1000 },
    compared(`        read all, beside ${SHORT.toLocaleString('en')}`, longRead.rate, shortRead.rate),
    compared('        replay, beside the same', longRate!, shortRate!),
    {
      name: '        peak memory of reading',
      value: longRead.megabytes,
      unit: 'MB',
      atMost: shortRead.megabytes * 1.3,
    },
    { name: '        peak memory of the replay', value: long.replayed.peakMegabytes, unit: 'MB', atMost: 600 },
    { name: '        start of the collector', value: await startOf(long), unit: 'ms', atMost: 2000 },
  ];
}

function compared(name: string, ours: number, peer: number): Measured {
  return { name, ours, peer, ratio: ours / peer, bound: FLAT };
}

function logOf({ dataDir }: GeneratedInstance): string {
  return join(dataDir, 'state', 'events.sqlite');
}

function bytesOf(instance: GeneratedInstance): number {
  return statSync(logOf(instance)).size;
}

/** In a process of its own, whose memory is looked at. */
async function readAll(instance: GeneratedInstance): Promise<{ rate: number; megabytes: number }> {
  const child = spawnScript(READ_ALL, [logOf(instance)]);
  const [rate, megabytes] = (await nextLine(child)).split(' ').map(Number);
  await child.ended;
  return { rate: rate!, megabytes: megabytes! };
}

/** From the program's start until it takes requests; the best of some. Events that came while it was away are few. */
async function startOf({ args }: GeneratedInstance): Promise<number> {
  if (rabbitmqMissing !== null) throw new Error(rabbitmqMissing);
  const node = await RabbitNode.start();
  try {
    const amqp = ['--amqp', await node.addVhost()];
    const times: number[] = [];
    for (let n = 0; n < STARTS; n++) {
      const begun = performance.now();
      const service = new Service(['collector', ...amqp, ...args]);
      await service.said('collector ready');
      times.push(performance.now() - begun);
      await service.stop();
    }
    return Math.min(...times);
  } finally {
    await node.dispose();
  }
}
