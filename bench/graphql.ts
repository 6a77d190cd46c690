import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from '../test/support/debci.js';
import { Service } from '../test/support/service.js';
import { median, type Limited } from './harness.js';
import { fillLog } from './web.js';
import { wrk, type Load } from './wrk.js';

const ROUNDS = 3;
const SECONDS = 4;
const AT_LEAST = 1000;
const SCRIPT = fileURLToPath(new URL('graphql.lua', import.meta.url));

/**
 * Requests a second, and the 99th percentile of their time, of one package's matrix (12 targets) with its last 5 results
 * each over GraphQL: another package each time, from a `debci server` with a process of its own, which has one core.
 */
export async function benchGraphql(): Promise<Limited[]> {
  await build();
  const folder = await mkdtemp(join(tmpdir(), 'debci-bench-'));
  try {
    await fillLog(join(folder, 'state', 'events.sqlite'));
    await projected(folder);
    return await measured(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function projected(folder: string): Promise<void> {
  const service = new Service(['up', '--data-dir', folder, '--backend', 'fake', '--port', '0']);
  try {
    const { url } = await service.said('pages are served');
    while (!(await fetch(`${String(url)}/readyz`)).ok) await delay(500);
  } finally {
    await service.stop();
  }
}

async function measured(folder: string): Promise<Limited[]> {
  const service = new Service(['server', '--data-dir', folder, '--port', '0']);
  try {
    const { url } = await service.said('pages are served');
    const loads: Load[] = [];
    for (let round = 0; round <= ROUNDS; round++) {
      const load = await wrk(`${String(url)}/graphql`, SECONDS, SCRIPT);
      // The first round warms up.
      if (round > 0) loads.push(load);
    }
    const p99 = median(loads.map(({ p99Ms }) => p99Ms)).toFixed(1);
    const value = median(loads.map(({ requestsPerSecond }) => requestsPerSecond));
    return [{ name: `graphql: a matrix with last 5, p99 ${p99} ms`, value, unit: '/s', atLeast: AT_LEAST }];
  } finally {
    await service.stop();
  }
}
