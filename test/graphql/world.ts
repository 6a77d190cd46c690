import { onTestFinished } from 'vitest';
import { MemoryBus } from '../../src/adapters/memory/bus.js';
import { MemoryEventStore } from '../../src/adapters/memory/event-store.js';
import { Callers, hashOfKey } from '../../src/application/callers.js';
import { Enqueue } from '../../src/application/enqueue.js';
import { EventLog } from '../../src/application/event-log.js';
import { REQUESTS_SUBJECT } from '../../src/application/messages/subjects.js';
import { RequestHandler } from '../../src/application/request-handler.js';
import { RequestDesk } from '../../src/application/requests.js';
import { apiKeyStream } from '../../src/domain/api-key.js';
import type { DomainEvent } from '../../src/domain/events.js';
import type { Logger } from '../../src/domain/ports/logger.js';
import type { RejectEntry } from '../../src/domain/reject-list.js';
import { testStream } from '../../src/domain/test-run.js';
import { createEndpoint, type GraphqlEndpoint } from '../../src/graphql/endpoint.js';
import { ReadModelProgress } from '../../src/graphql/live/progress.js';
import { openForWriting } from '../../src/projections/database.js';
import { ProjectedJobIndex } from '../../src/projections/job-index.js';
import { Projector } from '../../src/projections/projector.js';
import { openReadModel, type ReadModel } from '../../src/projections/read-model.js';
import { ReadModelWriter } from '../../src/projections/writer.js';
import { readModelPath } from '../support/read-models.js';

export const OPERATOR_KEY = 'operator-key';
/** Of alice, and of bob. */
export const ALICE = 'key-of-alice';
export const BOB = 'key-of-bob';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly data: Record<string, never>;
  readonly errors?: readonly { message: string; path?: string[]; extensions: { code: string } }[];
}

/** A log, its projections, a collector's request desk, and GraphQL on top: all real, in this process. */
export class World {
  readonly store = new MemoryEventStore();
  readonly rejected: RejectEntry[] = [];
  readonly logged: { fields: object; message: string }[] = [];

  private constructor(
    readonly readModel: ReadModel,
    readonly projector: Projector,
    readonly log: EventLog,
    private readonly bus: MemoryBus,
  ) {}

  #endpoint: GraphqlEndpoint | undefined;

  /** Runs until the test has finished. */
  static start(): World {
    const path = readModelPath();
    const db = openForWriting(path);
    const readModel = openReadModel(path);
    const logger = { debug: noop, info: noop, warn: noop, error: noop };
    const stop = new AbortController();
    const bus = new MemoryBus();
    // The store is made by the world itself: tests read from it.
    const store = new MemoryEventStore();
    const log = new EventLog(store, { now: () => new Date() });
    const projector = new Projector(new ReadModelWriter(db), store, logger);
    const world = new World(readModel, projector, log, bus);
    Object.assign(world, { store });
    const index = new ProjectedJobIndex(path, projector);
    const rejectList = { entries: () => world.rejected };
    const desk = new RequestDesk(log, new Enqueue(log, index, rejectList));
    const running = Promise.all([projector.run(stop.signal), new RequestHandler(bus, desk, logger).run(stop.signal)]);
    onTestFinished(async () => {
      await world.#endpoint?.close();
      stop.abort();
      await running;
      await bus.close();
      await store.close();
      index.close();
      readModel.close();
      db.close();
    });
    return world;
  }

  get endpoint(): GraphqlEndpoint {
    const { readModel, store, rejected, logged, bus } = this;
    const note = (fields: object, message: string): void => void logged.push({ fields, message });
    const logger: Logger = { debug: noop, info: noop, warn: noop, error: note };
    this.#endpoint ??= createEndpoint({
      readModel,
      log: store,
      progress: new ReadModelProgress(readModel),
      rejectList: { entries: () => rejected },
      transport: {
        send: async (body, messageId) =>
          (await bus.request(REQUESTS_SUBJECT, body, { timeoutMs: 5_000, messageId })).body,
      },
      aptSources: () => Promise.resolve([]),
      defaultBackend: 'fake',
      callers: new Callers(readModel.apiKeys, { key: OPERATOR_KEY, user: 'operator' }),
      logger,
    });
    return this.#endpoint;
  }

  /** Writes events, one append each, and waits until they are in the read model. */
  async happen(...events: DomainEvent[]): Promise<void> {
    for (const event of events) await this.write(event);
    const last = await this.log.lastPosition();
    if (last !== null) await this.projector.reached(last);
  }

  async write(event: DomainEvent): Promise<void> {
    const stream = 'runId' in event.data ? testStream(event.data.runId) : apiKeyStream(event.data.keyId);
    await this.log.append(stream, [event], 'any', { actor: 'user:test', causationId: null, correlationId: null });
  }

  async keys(): Promise<void> {
    const keys = { alice: ALICE, bob: BOB };
    for (const [user, key] of Object.entries(keys)) {
      const hash = hashOfKey(key);
      await this.happen({ type: 'ApiKeyIssued', data: { keyId: hash.slice(0, 16), user, hash } });
    }
  }

  async ask(query: string, variables: object = {}, key?: string): Promise<Answer> {
    return this.post(JSON.stringify({ query, variables }), key === undefined ? {} : { authorization: `Bearer ${key}` });
  }

  async post(body: string, headers: Record<string, string> = {}): Promise<Answer> {
    const answer = await this.endpoint.answer({
      method: 'POST',
      url: '/graphql',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      signal: new AbortController().signal,
    });
    const { status, headers: given, body: text } = answer;
    return { status, headers: given, ...(JSON.parse(text as string) as Pick<Answer, 'data' | 'errors'>) };
  }
}

function noop(): void {
  // Nothing to tell.
}
