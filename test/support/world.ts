import { join } from 'node:path';
import { FileArtifactStore } from '../../src/adapters/files/artifact-store.js';
import { FilePartStore } from '../../src/adapters/files/part-store.js';
import { MemoryBroker } from '../../src/adapters/memory/broker.js';
import { MemoryBus } from '../../src/adapters/memory/bus.js';
import { MemoryCheckpointStore } from '../../src/adapters/memory/checkpoint-store.js';
import { MemoryEventStore } from '../../src/adapters/memory/event-store.js';
import { runCollector } from '../../src/application/collector.js';
import { EventLog, type RecordedDomainEvent } from '../../src/application/event-log.js';
import { LEASE_MS } from '../../src/application/leases.js';
import { resultsQueue } from '../../src/application/messages/subjects.js';
import { runBeneath } from '../../src/application/run-together.js';
import type { EventType } from '../../src/domain/events.js';
import type { DurableQueue } from '../../src/domain/ports/message-bus.js';
import { openForWriting } from '../../src/projections/database.js';
import { ProjectedJobIndex } from '../../src/projections/job-index.js';
import { Projector } from '../../src/projections/projector.js';
import { ReadModelWriter } from '../../src/projections/writer.js';
import { temporaryFolder } from './folder.js';
import { silentLogger } from './loggers.js';

export const RESULTS: DurableQueue = resultsQueue('debci_results');

/** Files of the world's collector are kept for so long. */
export const RETENTION_DAYS = 30;

/** A bus in memory that says it keeps messages, as a broker does: it does so for as long as the test lasts. */
export class KeepingBus extends MemoryBus {
  override readonly capabilities = { ...new MemoryBus().capabilities, durable: true };
}

/** A collector on adapters in memory, with real files and a real read model, and a clock that tests move. */
export class World {
  bus: MemoryBus;
  readonly store = new MemoryEventStore();
  readonly checkpoints = new MemoryCheckpointStore();
  readonly clock = { time: Date.parse('2026-11-24T12:00:00.000Z'), now: (): Date => new Date(this.clock.time) };
  readonly log = new EventLog(this.store, this.clock);
  readonly #folder = temporaryFolder();
  readonly stateDir = this.#folder.path;
  readonly dataDir = join(this.#folder.path, 'data');
  readonly quarantineDir = join(this.#folder.path, 'quarantine');
  readonly readModel = join(this.#folder.path, 'read-model.sqlite');
  readonly #keeps: boolean;
  #running: { stop: AbortController; ended: Promise<void> } | null = null;

  /** @param keeps Whether messages outlive the collector, as over a broker. */
  constructor({ keeps = false } = {}) {
    this.#keeps = keeps;
    this.bus = this.#newBus();
  }

  /** Runs the collector until `stop`; resolves when it is ready. Starting again goes on from the log, as after a crash. */
  async start(): Promise<void> {
    const database = openForWriting(this.readModel);
    const projector = new Projector(new ReadModelWriter(database), this.store, silentLogger);
    const index = new ProjectedJobIndex(this.readModel, projector);
    const { bus, log, clock, checkpoints, dataDir, quarantineDir } = this;
    const stagingDir = join(this.#folder.path, 'staging');
    const artifacts = await FileArtifactStore.open({ dataDir, stagingDir, quarantineDir, clock });
    const partStore = await FilePartStore.open({ folder: join(this.#folder.path, 'parts'), clock });
    let ready: () => void = () => undefined;
    const started = new Promise<void>((resolve) => (ready = resolve));
    const logger = { ...silentLogger, info: ready };
    const parts = {
      bus,
      log,
      index,
      rejectList: { entries: () => [] },
      artifacts,
      partStore,
      checkpoints,
      clock,
      logger,
      resultsQueue: RESULTS,
      retentionDays: RETENTION_DAYS,
      checkLeasesEveryMs: 5,
    };
    const stop = new AbortController();
    const collecting = { run: (signal: AbortSignal) => runCollector(parts, signal) };
    const ended = runBeneath(projector, collecting, stop.signal).finally(() => {
      index.close();
      database.close();
    });
    this.#running = { stop, ended };
    // The first that it says.
    await Promise.race([started, ended]);
  }

  async stop(): Promise<void> {
    this.#running?.stop.abort();
    await this.#running?.ended;
    this.#running = null;
  }

  /** As the embedded bus does when its process ends. To be called while stopped. */
  forgetMessages(): void {
    this.bus = this.#newBus();
  }

  #newBus(): MemoryBus {
    return this.#keeps ? new KeepingBus(new MemoryBroker()) : new MemoryBus(new MemoryBroker());
  }

  /** Time passes without a sign of life from any worker; resolves when the collector has noticed. */
  async expireLeases(): Promise<void> {
    const before = await this.log.lastPosition();
    this.clock.time += LEASE_MS;
    const after = { after: before ?? 'start', filter: { types: ['TestAbandoned'] } } as const;
    for await (const { events } of this.log.subscribe(after)) if (events.length > 0) return;
  }

  async dispose(): Promise<void> {
    await this.stop();
    await this.bus.close();
    await this.store.close();
    this.#folder.remove();
  }

  /** The first event, so far or to come, of that type. */
  async event<Type extends EventType>(
    type: Type,
    matches: (event: Extract<RecordedDomainEvent, { type: Type }>) => boolean = () => true,
  ): Promise<Extract<RecordedDomainEvent, { type: Type }>> {
    for await (const { events } of this.log.subscribe({ filter: { types: [type] } })) {
      for (const event of events as Extract<RecordedDomainEvent, { type: Type }>[]) if (matches(event)) return event;
    }
    throw new Error(`the log was closed before a ${type}`);
  }

  /** The types of a run's events. */
  async types(runId: number): Promise<string[]> {
    const types: string[] = [];
    for await (const { type } of this.log.readStream(`test-${runId}`)) types.push(type);
    return types;
  }
}
