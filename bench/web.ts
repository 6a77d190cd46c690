import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { packagePrefix } from '../src/domain/job.js';
import { Service } from '../test/support/service.js';
import { packageName } from './generated-log.js';
import { median, type Limited } from './harness.js';
import type { Bench } from './large-instance.js';
import { wrk, type Load } from './wrk.js';

const ROUNDS = 3;
const SECONDS = 4;
const PACKAGE = packageName(250);
const PACKAGE_PATH = `/packages/${packagePrefix(PACKAGE)}/${PACKAGE}/`;

/** What is asked for, and how many answers a second are enough. */
const PAGES = [
  { name: 'package page', path: PACKAGE_PATH, atLeast: 5000 },
  { name: 'history page', path: `${PACKAGE_PATH}unstable/amd64/`, atLeast: 5000 },
  { name: '500 failing packages', path: '/status/failing/', atLeast: 2000 },
] as const;

const MATRIX = fileURLToPath(new URL('graphql.lua', import.meta.url));
const MATRIX_AT_LEAST = 1000;

/**
 * Requests a second, and the 99th percentile of their time, of `debci server` on the read model of a million events:
 * pages, each beside a bare node server in a process of its own, which has the same bytes in memory; and a GraphQL query
 * of one package's matrix (12 targets) with the last 5 results of each, another package every time.
 */
export async function benchWeb(bench: Bench): Promise<Limited[]> {
  const { args } = await bench.large();
  const service = new Service(['server', ...args, '--port', '0']);
  try {
    const url = String((await service.said('pages are served')).url);
    const results = [];
    for (const page of PAGES) results.push(...(await measurePage(page, url)));
    return [...results, await measureMatrix(url)];
  } finally {
    await service.stop();
  }
}

type Page = (typeof PAGES)[number];

async function measurePage({ name, path, atLeast }: Page, url: string): Promise<Limited[]> {
  const bare = await BareServer.of(url + path);
  try {
    const loads: Record<'bare' | 'ours', Load>[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      loads.push({ bare: await wrk(bare.url, SECONDS), ours: await wrk(url + path, SECONDS) });
    }
    const [ours, peer] = [middle(loads.map((load) => load.ours)), middle(loads.map((load) => load.bare))];
    return [
      { name: `web: ${name}`, value: ours.requestsPerSecond, unit: '/s', atLeast },
      {
        name: `     p99 ${ours.p99Ms.toFixed(1)} ms; bare node, p99 ${peer.p99Ms.toFixed(1)} ms`,
        value: peer.requestsPerSecond,
        unit: '/s',
        atLeast,
      },
    ];
  } finally {
    await bare.stop();
  }
}

async function measureMatrix(url: string): Promise<Limited> {
  const loads: Load[] = [];
  // The first round warms up.
  for (let round = 0; round <= ROUNDS; round++) loads.push(await wrk(`${url}/graphql`, SECONDS, MATRIX));
  const { requestsPerSecond: value, p99Ms } = middle(loads.slice(1));
  return { name: `web: GraphQL matrix, p99 ${p99Ms.toFixed(1)} ms`, value, unit: '/s', atLeast: MATRIX_AT_LEAST };
}

function middle(loads: readonly Load[]): Load {
  return {
    requestsPerSecond: median(loads.map(({ requestsPerSecond }) => requestsPerSecond)),
    p99Ms: median(loads.map(({ p99Ms }) => p99Ms)),
  };
}

/** The peer, in a process of its own. */
class BareServer {
  private constructor(
    private readonly child: ReturnType<typeof spawn>,
    readonly url: string,
  ) {}

  static async of(page: string): Promise<BareServer> {
    const script = fileURLToPath(new URL('bare-server.ts', import.meta.url));
    const child = spawn(process.execPath, [...process.execArgv, script, page], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    return new BareServer(child, said.toString().trim());
  }

  async stop(): Promise<void> {
    this.child.kill();
    await once(this.child, 'close');
  }
}
