import { join } from 'node:path';
import { FileArtifactStore } from '../../src/adapters/files/artifact-store.js';
import { FilePartStore } from '../../src/adapters/files/part-store.js';
import { SqliteCheckpointStore } from '../../src/adapters/sqlite/checkpoint-store.js';
import { SqliteEventStore } from '../../src/adapters/sqlite/event-store.js';
import { runCollector } from '../../src/application/collector.js';
import { EventLog } from '../../src/application/event-log.js';
import { REQUESTS_QUEUE, REQUESTS_SUBJECT, resultsQueue } from '../../src/application/messages/subjects.js';
import { runBeneath } from '../../src/application/run-together.js';
import type { MessageBus } from '../../src/domain/ports/message-bus.js';
import { openForWriting } from '../../src/projections/database.js';
import { ProjectedJobIndex } from '../../src/projections/job-index.js';
import { Projector } from '../../src/projections/projector.js';
import { ReadModelWriter } from '../../src/projections/writer.js';
import { silentLogger } from '../../test/support/loggers.js';

export const RESULTS = resultsQueue('debci_results');
export const CLOCK = { now: () => new Date() };
export const PACKAGES = 500;
const ANSWER_TIMEOUT_MS = 120_000;

/** A collector as `debci collector` puts it together, but for the pages: log, read model and files on disk. */
export class Rig {
  private constructor(
    readonly folder: string,
    readonly store: SqliteEventStore,
    readonly projector: Projector,
    private readonly bus: MessageBus,
    private readonly end: () => Promise<void>,
  ) {}

  /** @param folder where it keeps all that it keeps; it may have run there before */
  static async start(bus: MessageBus, folder: string): Promise<Rig> {
    const path = (name: string): string => join(folder, name);
    const store = SqliteEventStore.open(path('events.sqlite'));
    const checkpoints = SqliteCheckpointStore.open(path('checkpoints.sqlite'));
    const db = openForWriting(path('read-model.sqlite'));
    const projector = new Projector(new ReadModelWriter(db), store, silentLogger);
    const index = new ProjectedJobIndex(path('read-model.sqlite'), projector);
    const artifacts = await FileArtifactStore.open({
      dataDir: path('data'),
      stagingDir: path('staging'),
      quarantineDir: path('quarantine'),
      clock: CLOCK,
    });
    const partStore = await FilePartStore.open({ folder: path('parts'), clock: CLOCK });
    const parts = { bus, index, artifacts, partStore, checkpoints, clock: CLOCK, logger: silentLogger };
    const stop = new AbortController();
    const log = new EventLog(store, CLOCK);
    const rejectList = { entries: () => [] };
    const collecting = {
      run: (signal: AbortSignal) =>
        runCollector({ ...parts, log, rejectList, resultsQueue: RESULTS, retentionDays: 180 }, signal),
    };
    await bus.ensureQueue(REQUESTS_QUEUE);
    const ended = runBeneath(projector, collecting, stop.signal);
    return new Rig(folder, store, projector, bus, async () => {
      stop.abort();
      await ended;
      index.close();
      db.close();
      checkpoints.close();
      await store.close();
    });
  }

  enqueue(count: number): Promise<void> {
    return enqueue(this.bus, count);
  }

  /** Resolves when so many jobs have ended, and the read model has them. */
  async finished(count: number): Promise<void> {
    let finished = 0;
    for await (const { events, position } of this.store.subscribe({ filter: { types: ['TestFinished'] } })) {
      finished += events.length;
      if (finished < count || position === null) continue;
      await this.projector.reached(position);
      return;
    }
  }

  /** Ends it. Its files stay. */
  stop(): Promise<void> {
    return this.end();
  }
}

/** Enqueues so many jobs in one request; resolves when it is answered. */
export async function enqueue(bus: MessageBus, count: number): Promise<void> {
  const jobs = Array.from({ length: count }, (_, i) => ({
    package: packageOf(i + 1),
    suite: 'unstable',
    arch: 'amd64',
    backend: 'fake',
    trigger: null,
  }));
  const request = { type: 'enqueue', requestor: 'bench', origin: { kind: 'cli' }, jobs };
  await bus.request(REQUESTS_SUBJECT, Buffer.from(JSON.stringify(request)), { timeoutMs: ANSWER_TIMEOUT_MS });
}

export function packageOf(runId: number): string {
  return `package-${runId % PACKAGES}`;
}
