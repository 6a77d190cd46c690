import { onTestFinished } from 'vitest';
import { MemoryBus } from '../../src/adapters/memory/bus.js';
import { MemoryEventStore } from '../../src/adapters/memory/event-store.js';
import { Callers, hashOfKey } from '../../src/application/callers.js';
import { DeadLetters } from '../../src/application/dead-letters.js';
import { Enqueue } from '../../src/application/enqueue.js';
import { EventLog } from '../../src/application/event-log.js';
import { REQUESTS_SUBJECT } from '../../src/application/messages/subjects.js';
import { RequestHandler } from '../../src/application/request-handler.js';
import { RequestDesk } from '../../src/application/requests.js';
import { apiKeyStream } from '../../src/domain/api-key.js';
import type { DomainEvent, TestEnqueued } from '../../src/domain/events.js';
import type { EventBatch, EventStore } from '../../src/domain/ports/event-store.js';
import type { RejectEntry } from '../../src/domain/reject-list.js';
import { packageStream } from '../../src/domain/package-settings.js';
import { testStream } from '../../src/domain/test-run.js';
import { createEndpoint, type GraphqlEndpoint } from '../../src/graphql/endpoint.js';
import { ReadModelProgress } from '../../src/projections/progress.js';
import { visibleRuns } from '../../src/projections/visible-runs.js';
import { CallerRequests } from '../../src/application/caller-requests.js';
import { openForWriting } from '../../src/projections/database.js';
import { ProjectedJobIndex } from '../../src/projections/job-index.js';
import { Projector } from '../../src/projections/projector.js';
import { openReadModel, type ReadModel } from '../../src/projections/read-model.js';
import { ReadModelWriter } from '../../src/projections/writer.js';
import { createServer } from '../../src/web/server.js';
import { serverOptions } from '../support/sites.js';
import { silentLogger } from '../support/loggers.js';
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
  readonly rejected: RejectEntry[] = [];
  /** Whether calls without a key are answered; to be set before the first. */
  anybody = true;
  readonly progress: ReadModelProgress;
  readonly logged: { fields: object; message: string }[] = [];

  private constructor(
    readonly store: MemoryEventStore,
    readonly readModel: ReadModel,
    readonly projector: Projector,
    readonly log: EventLog,
    private readonly bus: MemoryBus,
  ) {
    this.progress = new ReadModelProgress(readModel);
  }

  #endpoint: GraphqlEndpoint | undefined;

  /** Runs until the test has finished. */
  static start(): World {
    const path = readModelPath();
    const db = openForWriting(path);
    const readModel = openReadModel(path);
    const stop = new AbortController();
    const bus = new MemoryBus();
    const store = new MemoryEventStore();
    const log = new EventLog(store, { now: () => new Date() });
    const projector = new Projector(new ReadModelWriter(db), store, silentLogger);
    const world = new World(store, readModel, projector, log, bus);
    const index = new ProjectedJobIndex(path, projector);
    const rejectList = { entries: () => world.rejected };
    const desk = new RequestDesk(log, index, new Enqueue(log, index, rejectList), () => Promise.resolve(0));
    const deadLetters = new DeadLetters(bus, { now: () => new Date() }, silentLogger);
    const handler = new RequestHandler(bus, desk, deadLetters, silentLogger);
    const running = Promise.all([projector.run(stop.signal), handler.run(stop.signal)]);
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

  /** Another endpoint takes the place of one that was closed, as after a restart. */
  renew(): void {
    this.#endpoint = undefined;
  }

  get callers(): Callers {
    return new Callers(this.readModel.apiKeys, { key: OPERATOR_KEY, user: 'operator' }, this.anybody);
  }

  get requests(): CallerRequests {
    const { readModel, store: log, bus, progress } = this;
    return new CallerRequests({
      transport: {
        send: async (body, messageId) =>
          (await bus.request(REQUESTS_SUBJECT, body, { timeoutMs: 5_000, messageId })).body,
      },
      aptSources: (names) =>
        Promise.resolve(
          names.map((name) => ({ entry: `deb https://deb.example.org/${name} sid main`, signingKey: null })),
        ),
      defaultBackend: 'fake',
      visibleRuns: visibleRuns({ readModel, log, progress }),
    });
  }

  get endpoint(): GraphqlEndpoint {
    const { readModel, store, rejected, logged, progress } = this;
    const note = (fields: object, message: string): void => void logged.push({ fields, message });
    const logger = { ...silentLogger, error: note };
    this.#endpoint ??= createEndpoint({
      readModel,
      log: this.#watched(store),
      progress,
      rejectList: { entries: () => rejected },
      requests: this.requests,
      callers: this.callers,
      logger,
    });
    return this.#endpoint;
  }

  /** Open subscriptions to the log. */
  followers = 0;
  /** Events that subscriptions have taken from the log. */
  handedOut = 0;

  #watched(store: MemoryEventStore): Pick<EventStore, 'subscribe' | 'lastPosition'> {
    return {
      lastPosition: () => store.lastPosition(),
      subscribe: (options) => {
        this.followers++;
        options?.signal?.addEventListener('abort', () => this.followers--, { once: true });
        const batches = store.subscribe(options)[Symbol.asyncIterator]();
        const next = async (): Promise<IteratorResult<EventBatch>> => {
          const result = await batches.next();
          if (result.done !== true) this.handedOut += result.value.events.length;
          return result;
        };
        return { [Symbol.asyncIterator]: () => ({ next, return: () => batches.return!() }) };
      },
    };
  }

  /** Writes events, one append each, and waits until they are in the read model. */
  async happen(...events: DomainEvent[]): Promise<void> {
    for (const event of events) await this.write(event);
    const last = await this.log.lastPosition();
    if (last !== null) await this.projector.reached(last);
  }

  async write(event: DomainEvent): Promise<void> {
    await this.log.append(streamOf(event), [event], 'any', {
      actor: 'user:test',
      causationId: null,
      correlationId: null,
    });
  }

  /** What was enqueued so far. */
  async enqueued(): Promise<TestEnqueued['data'][]> {
    const jobs: TestEnqueued['data'][] = [];
    for await (const event of this.log.readAll()) if (event.type === 'TestEnqueued') jobs.push(event.data);
    return jobs;
  }

  async keys(): Promise<void> {
    const keys = { alice: ALICE, bob: BOB };
    for (const [user, key] of Object.entries(keys)) {
      const hash = hashOfKey(key);
      await this.happen({ type: 'ApiKeyIssued', data: { keyId: hash.slice(0, 16), user, hash } });
    }
  }

  /** Serves it over HTTP, until the test has finished. */
  async listen(): Promise<string> {
    const server = await createServer({ ...serverOptions(), graphql: this.endpoint });
    onTestFinished(() => server.close());
    return server.listen(0, '127.0.0.1');
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

function streamOf({ data }: DomainEvent): string {
  if ('runId' in data) return testStream(data.runId);
  return 'keyId' in data ? apiKeyStream(data.keyId) : packageStream(data.package);
}
