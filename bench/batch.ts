import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { SqliteBatchState } from '../src/adapters/sqlite/batch-state.js';
import { SqliteEventStore } from '../src/adapters/sqlite/event-store.js';
import { Batch, type BatchOutcome } from '../src/application/batch/batch.js';
import { Enqueue } from '../src/application/enqueue.js';
import { EventLog } from '../src/application/event-log.js';
import { RequestDesk } from '../src/application/requests.js';
import { testRunDecider, testStream } from '../src/domain/test-run.js';
import type { Archive } from '../src/domain/ports/archive.js';
import { openForWriting } from '../src/projections/database.js';
import { ProjectedJobIndex } from '../src/projections/job-index.js';
import { Projector } from '../src/projections/projector.js';
import { openReadModel } from '../src/projections/read-model.js';
import { ProjectedTestHistory } from '../src/projections/test-history.js';
import { ReadModelWriter } from '../src/projections/writer.js';
import { anOutcome } from '../test/support/event-log.js';
import { silentLogger } from '../test/support/loggers.js';
import { timed, type Measured } from './harness.js';
import { installed, sample, snapshotOf, withRealArchive, type RealArchive } from './real-archive.js';

const NEVER = new AbortController().signal;
const CLOCK = { now: (): Date => new Date() };
const SIMULATED = 50;

/** A collector's log, read model and request desk, without a broker. */
function openDesk(folder: string) {
  mkdirSync(folder, { recursive: true });
  const store = SqliteEventStore.open(join(folder, 'events.sqlite'));
  const log = new EventLog(store, CLOCK);
  const path = join(folder, 'read-model.sqlite');
  const database = openForWriting(path);
  const projector = new Projector(new ReadModelWriter(database), store, silentLogger);
  const stop = new AbortController();
  const projecting = projector.run(stop.signal);
  const index = new ProjectedJobIndex(path, projector);
  const desk = new RequestDesk(log, index, new Enqueue(log, index, { entries: () => [] }), () => Promise.resolve(0));
  const readModel = openReadModel(path);
  return {
    history: new ProjectedTestHistory(readModel),
    async send(body: Uint8Array, requestId: string): Promise<Uint8Array> {
      const plain: unknown = JSON.parse(new TextDecoder().decode(body));
      const result = await desk.execute(plain, { requestId, redelivered: false });
      return new TextEncoder().encode(JSON.stringify({ ok: true, result }));
    },
    /** All of these runs have passed, and the read model knows. */
    async pass(runs: BatchOutcome['runs']): Promise<void> {
      const metadata = { actor: 'worker:bench', causationId: null, correlationId: null };
      const outcome = anOutcome({ finishedAt: new Date().toISOString() });
      const finish = ({ runId }: { runId: number }): Promise<unknown> =>
        log.handle(testRunDecider, testStream(runId), { type: 'finish', runId, attempt: 1, outcome }, metadata);
      for (let i = 0; i < runs.length; i += 1000) await Promise.all(runs.slice(i, i + 1000).map(finish));
      const end = await log.lastPosition();
      if (end !== null) await index.reached(end);
    },
    async close(): Promise<void> {
      stop.abort();
      await projecting;
      index.close();
      readModel.close();
      database.close();
      await store.close();
    },
  };
}

/** All of the host's release, main: what batch takes for it, beside what one call of apt a package takes. */
export async function benchBatch(): Promise<Measured[]> {
  return withRealArchive(async (real) => {
    const desk = openDesk(join(real.folder, 'collector'));
    const state = SqliteBatchState.open(join(real.folder, 'batch.sqlite'));
    try {
      const batch = batchOf(real, desk, state);
      const planMs = await timed(() => batch.plan(NEVER));
      // The collector's work in this process, which comes next, is not batch's.
      const rssMb = process.resourceUsage().maxRSS / 1000;
      const [firstMs, first] = await timedRun(() => batch.run(desk, NEVER));
      await desk.pass(first.runs);
      const [secondMs, second] = await timedRun(() => batch.run(desk, NEVER));
      const misled = await misledByLibc(real, batchOf({ ...real, archive: withNewLibc(real.archive) }, desk, state));
      const packages = first.runs.length;
      const callMs = await simulatedMs(real);
      const forAll = Math.round((callMs * packages) / 60_000);
      return [
        { name: 'batch: packages with tests', value: packages, unit: '', atLeast: 10_000 },
        { name: 'batch: read, chains, decisions', value: planMs, unit: 'ms', atMost: 20_000 },
        { name: 'batch: most memory (RSS) for that', value: rssMb, unit: 'MB', atMost: 1_500 },
        { name: 'batch: the same, and all are enqueued', value: firstMs, unit: 'ms', atMost: 20_000 },
        { name: 'batch: nothing has changed', value: secondMs, unit: 'ms', atMost: 10_000 },
        { name: 'batch: then enqueued', value: second.runs.length, unit: '', atMost: 0 },
        { name: 'batch: wrong about who has a changed libc6', value: misled, unit: '', atMost: 0 },
        {
          name: `batch: packages a minute; apt -s: ${forAll} min for all`,
          ours: packages / (planMs / 60_000),
          peer: 60_000 / callMs,
          ratio: (packages * callMs) / planMs,
          bound: 100,
        },
      ];
    } finally {
      state.close();
      await desk.close();
    }
  });
}

/** The same archive on another day. */
function withNewLibc(archive: Archive): Archive {
  return {
    refresh: archive.refresh.bind(archive),
    async *packages(target) {
      for await (const one of archive.packages(target)) {
        if (one.kind === 'binary' && one.package.name === 'libc6') {
          yield { ...one, package: { ...one.package, version: `${one.package.version}+changed1` } };
        } else yield one;
      }
    },
  };
}

/** How many packages batch would run, though libc6 is not in their chain, or would not, though it is. */
async function misledByLibc(real: RealArchive, changed: Batch): Promise<number> {
  const snapshot = await snapshotOf(real);
  const holders = new Set<string>();
  for (const source of snapshot.tested()) {
    const members = Array.from(snapshot.chain(source), (id) => snapshot.member(id).name);
    if (members.includes('libc6')) holders.add(source.name);
  }
  const { wanted } = await changed.plan(NEVER);
  console.log(`  libc6 is in the chain of ${holders.size} packages; its change selects ${wanted.length}`);
  const right = wanted.filter((one) => holders.has(one.package)).length;
  return wanted.length - right + (holders.size - right);
}

function batchOf(
  { archive, target }: Omit<RealArchive, 'archive'> & { archive: Archive },
  { history }: ReturnType<typeof openDesk>,
  state: SqliteBatchState,
): Batch {
  const parts = {
    // Fetched before: the network is not what is measured.
    archive: { refresh: () => Promise.resolve(), packages: archive.packages.bind(archive) },
    rejectList: { entries: () => [] },
    seedList: { packages: () => Promise.resolve(null) },
    ...{ history, state, clock: CLOCK },
  };
  const jobs = {
    backend: 'fake',
    backendByDefault: true,
    recommends: false,
    requestor: 'bench',
    force: false,
    only: null,
    limit: null,
  };
  return new Batch(parts, { ...target, ...jobs }, { step: () => undefined, line: () => undefined });
}

async function timedRun(run: () => Promise<BatchOutcome>): Promise<[ms: number, outcome: BatchOutcome]> {
  const start = performance.now();
  const outcome = await run();
  return [performance.now() - start, outcome];
}

/** What one call of apt takes, its cache built before. */
async function simulatedMs(real: RealArchive): Promise<number> {
  const snapshot = await snapshotOf(real);
  const root = real.archive.root(real.target);
  const all = sample(snapshot, SIMULATED).map((source) => snapshot.installs(source));
  await installed(root, all[0]!);
  const ms = await timed(async () => {
    for (const names of all) await installed(root, names);
  });
  return ms / SIMULATED;
}
