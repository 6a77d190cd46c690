import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SqliteEventStore } from '../src/adapters/sqlite/event-store.js';
import { newEventId } from '../src/application/event-id.js';
import type { NewEvent } from '../src/domain/ports/event-store.js';
import { build } from '../test/support/debci.js';
import { finishedRun } from '../test/support/event-log.js';
import { Service } from '../test/support/service.js';
import { median, type Limited } from './harness.js';
import { wrk, type Load } from './wrk.js';

const PACKAGES = 500;
const SUITES = ['unstable', 'testing', 'stable'];
const ARCHES = ['amd64', 'arm64', 'riscv64', 'ppc64el'];
const RUNS = 4;
const ROUNDS = 3;
const SECONDS = 4;

/** What is asked for, and how many answers a second are enough. */
const PAGES = [
  { name: 'package page', path: '/packages/p/p0250/', atLeast: 5000 },
  { name: 'history page', path: '/packages/p/p0250/unstable/amd64/', atLeast: 5000 },
  { name: 'list of 500 packages', path: '/packages/p/', atLeast: 2000 },
] as const;

/**
 * Requests a second, and the 99th percentile of their time, of `debci up` on a log of 500 packages in 3 suites on 4
 * architectures; each page beside a bare node server in a process of its own, which has the same bytes in memory.
 */
export async function benchWeb(): Promise<Limited[]> {
  await build();
  const folder = await mkdtemp(join(tmpdir(), 'debci-bench-'));
  await fillLog(join(folder, 'state', 'events.sqlite'));
  const service = new Service(['up', '--data-dir', folder, '--backend', 'fake', '--port', '0']);
  try {
    const { url } = await service.said('pages are served');
    await rendered(join(folder, 'html'));
    const results = [];
    for (const page of PAGES) results.push(...(await measure(page, String(url))));
    return results;
  } finally {
    await service.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

type Page = (typeof PAGES)[number];

async function measure({ name, path, atLeast }: Page, url: string): Promise<Limited[]> {
  const bare = await BareServer.of(url + path);
  try {
    const loads: Record<'bare' | 'ours', Load>[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      loads.push({ bare: await wrk(bare.url, SECONDS), ours: await wrk(url + path, SECONDS) });
    }
    const rate = (of: 'ours' | 'bare'): number => median(loads.map((load) => load[of].requestsPerSecond));
    const p99 = (of: 'ours' | 'bare'): number => median(loads.map((load) => load[of].p99Ms));
    return [
      { name: `web: ${name}`, value: rate('ours'), unit: '/s', atLeast },
      {
        name: `     p99 ${p99('ours').toFixed(1)} ms; bare node, p99 ${p99('bare').toFixed(1)} ms`,
        value: rate('bare'),
        unit: '/s',
        atLeast,
      },
    ];
  } finally {
    await bare.stop();
  }
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

/** Until the projector and the renderer have nothing to do. */
async function rendered(htmlDir: string): Promise<void> {
  const [suite, arch] = [SUITES.at(-1), ARCHES.at(-1)];
  const last = join(htmlDir, `packages/p/${packageName(PACKAGES - 1)}/${suite}/${arch}/index.html`);
  const others = PAGES.map(({ path }) => join(htmlDir, path, 'index.html'));
  while (![last, ...others].every((file) => existsSync(file))) await delay(500);
  await delay(2000);
}

function packageName(index: number): string {
  return `p${String(index).padStart(4, '0')}`;
}

/** Every package is tested everywhere; the newest result of each in unstable is a failure. */
function* events(): Generator<NewEvent> {
  let runId = 0;
  for (let run = 0; run < RUNS; run++) {
    for (let index = 0; index < PACKAGES; index++) {
      for (const suite of SUITES) {
        for (const arch of ARCHES) {
          const status = run === RUNS - 1 && suite === 'unstable' && arch === 'amd64' ? 'fail' : 'pass';
          const time = new Date(Date.UTC(2026, 0, 1 + run, 0, 0, runId % 86_400));
          const job = { runId: ++runId, package: packageName(index), suite, arch, trigger: 'glibc/2.42-1' };
          for (const { type, data } of finishedRun(job, { status, finishedAt: time.toISOString() })) {
            const metadata = { actor: 'collector', causationId: null, correlationId: null };
            yield { id: newEventId(time), type, schemaVersion: 1, time: time.toISOString(), data, metadata };
          }
        }
      }
    }
  }
}

export async function fillLog(file: string): Promise<void> {
  const store = SqliteEventStore.open(file);
  const streams = new Map<string, NewEvent[]>();
  for (const event of events()) {
    const stream = `test-${(event.data as { runId: number }).runId}`;
    streams.set(stream, [...(streams.get(stream) ?? []), event]);
  }
  await Promise.all(Array.from(streams, ([stream, own]) => store.append(stream, own, 'none')));
  await store.close();
}
