import { SqliteEventStore } from '../src/adapters/sqlite/event-store.js';
import { apiKeyStream } from '../src/domain/api-key.js';
import { SCHEMA_VERSIONS, type DomainEvent, type Outcome } from '../src/domain/events.js';
import type { Job } from '../src/domain/job.js';
import type { EventMetadata, NewEvent } from '../src/domain/ports/event-store.js';
import { packageStream } from '../src/domain/package-settings.js';
import { testStream } from '../src/domain/test-run.js';
import { verdict } from '../src/domain/verdict.js';
import { Random } from './random.js';

/** A log as a distribution's would be: 20,000 packages in 3 suites on 4 architectures, the same in every run. */

export const PACKAGES = 20_000;
export const SUITES = ['unstable', 'testing', 'stable'] as const;
export const ARCHES = ['amd64', 'arm64', 'riscv64', 'ppc64el'] as const;

const WEIGHED_SUITES = [['unstable', 6], ['testing', 3], ['stable', 1]] as const; // prettier-ignore
const WORKERS = 200;
/** So many jobs wait, and so many run, once the log has begun. */
const BACKLOG = 2000;
const RUNNING = 150;
const BEGIN = Date.parse('2025-01-01T00:00:00Z');
const MS_AN_EVENT = 40_000;
const EXIT_CODES = [[0, 78], [2, 8], [4, 7], [8, 3], [12, 1], [16, 2], [20, 1]] as const; // prettier-ignore

interface Open {
  readonly job: Job;
  attempt: number;
  worker: string;
  startedMs: number;
}

/** An event and the stream that it goes to. */
export interface GeneratedEvent {
  readonly stream: string;
  readonly event: NewEvent;
}

/** A package's name: they begin with all letters, and with `lib` and a letter. */
export function packageName(n: number): string {
  const letter = String.fromCharCode(97 + (n % 26));
  const number = Math.floor(n / 26).toString(36);
  return `${n % 3 === 0 ? `lib${letter}` : letter}${['core', 'tools', 'perl', 'python', 'data'][n % 5] ?? ''}-${number}`;
}

/**
 * Events one by one, as many as wanted. Jobs wait for a while, run for a while, and end; some are pinned, private (and
 * perhaps published), retried, abandoned, cancelled, late or purged.
 */
export function* generatedEvents(count: number, seed = 1): Generator<GeneratedEvent> {
  const log = new Generated(new Random(seed));
  let made = 0;
  while (made < count) {
    for (const event of log.step()) {
      if (made++ === count) return;
      yield event;
    }
  }
}

/** Writes such a log into a new file. */
export async function writeGeneratedLog(path: string, count: number): Promise<void> {
  const store = SqliteEventStore.open(path);
  let pending: Promise<unknown>[] = [];
  for (const { stream, event } of generatedEvents(count)) {
    pending.push(store.append(stream, [event], 'any'));
    if (pending.length < 5000) continue;
    await Promise.all(pending);
    pending = [];
  }
  await Promise.all(pending);
  await store.close();
}

class Generated {
  #events = 0;
  #lastRunId = 0;
  #lastKey = 0;
  #request = { id: '', index: 0, left: 0 };
  readonly #waiting: Open[] = [];
  readonly #running: Open[] = [];
  #ended: Job[] = [];

  constructor(private readonly random: Random) {}

  /** What happens next. */
  step(): GeneratedEvent[] {
    const { random } = this;
    if (this.#waiting.length < BACKLOG || random.chance(0.3)) return [this.#enqueue()];
    if (this.#running.length < RUNNING || random.chance(0.45)) return [this.#start()];
    return random.weighted([
      [() => this.#finish(), 95],
      [() => this.#abandon(), 1],
      [() => this.#cancel(), 0.5],
      [() => this.#afterwards(), 3],
      [() => this.#key(), 0.1],
    ])();
  }

  #enqueue(): GeneratedEvent {
    const { random } = this;
    if (this.#request.left === 0) this.#request = { id: this.#uuid(), index: 0, left: 1 + random.below(40) };
    const job = random.chance(0.05) && this.#ended.length > 0 ? this.#retry(random.pick(this.#ended)) : this.#newJob();
    this.#waiting.push({ job, attempt: 1, worker: '', startedMs: 0 });
    this.#request.left--;
    const { id, index } = this.#request;
    this.#request.index++;
    const actor = `user:${job.requestor ?? 'debci'}`;
    return this.#of({ type: 'TestEnqueued', data: job }, actor, {
      causationId: id,
      correlationId: id,
      requestIndex: index,
    });
  }

  #newJob(): Job {
    const { random } = this;
    const pinned = random.chance(0.06);
    const hidden = random.chance(0.03);
    return {
      runId: ++this.#lastRunId,
      package: packageName(random.below(PACKAGES)),
      suite: random.weighted(WEIGHED_SUITES),
      arch: random.pick(ARCHES),
      backend: 'lxc',
      variant: null,
      trigger: random.chance(0.7)
        ? `${packageName(random.below(PACKAGES))}/${random.below(9)}.${random.below(20)}-1`
        : null,
      pins: pinned ? [{ suite: 'unstable', packages: [`src:${packageName(random.below(PACKAGES))}`] }] : [],
      extraAptSources: [],
      priority: random.weighted([[5, 90], [8, 5], [2, 5]]), // prettier-ignore
      requestor: hidden || random.chance(0.2) ? `user${random.below(50)}` : null,
      private: hidden,
      origin: { kind: 'batch' },
      reasons: [],
    };
  }

  #retry(of: Job): Job {
    return { ...of, runId: ++this.#lastRunId, origin: { kind: 'retry', of: of.runId } };
  }

  #start(): GeneratedEvent {
    const open = this.#take(this.#waiting, this.random.below(Math.min(50, this.#waiting.length)));
    open.worker = `ci-worker${this.random.below(WORKERS)}`;
    open.startedMs = this.#nowMs();
    this.#running.push(open);
    const { attempt, worker } = open;
    return this.#of({ type: 'TestStarted', data: { runId: open.job.runId, attempt, worker } }, `worker:${worker}`);
  }

  #finish(): GeneratedEvent[] {
    const { random } = this;
    const open = this.#take(this.#running, random.below(Math.min(80, this.#running.length)));
    const { job, attempt, worker } = open;
    this.#ended.push(job);
    if (this.#ended.length > 4000) this.#ended = this.#ended.slice(2000);
    const outcome = this.#outcome(open);
    const finished = this.#of(
      { type: 'TestFinished', data: { ...outcome, runId: job.runId, attempt } },
      `worker:${worker}`,
    );
    if (!random.chance(0.002)) return [finished];
    const late = { runId: job.runId, attempt: 1, worker: 'ci-worker0', status: 'pass', reason: 'finished' } as const;
    return [finished, this.#of({ type: 'TestResultIgnored', data: late }, 'worker:ci-worker0')];
  }

  #outcome({ job, worker, startedMs }: Open): Outcome {
    const { random } = this;
    const exitCode = random.weighted(EXIT_CODES);
    const { status, message } = verdict(exitCode);
    const day = Math.floor(this.#nowMs() / 86_400_000);
    // A result may have waited in its worker's spool: dates do not come in order.
    const finishedAt = new Date(this.#nowMs() - (random.chance(0.02) ? random.below(86_400_000) : 1000)).toISOString();
    return {
      exitCode,
      status,
      message,
      version:
        exitCode === 20 ? null : `${1 + (job.package.length % 7)}.${Math.floor(day / 40) % 50}-${1 + random.below(2)}`,
      durationSeconds: Math.max(1, Math.round((this.#nowMs() - startedMs) / 1000 / (1 + random.below(30)))),
      finishedAt,
      worker,
      tests: Array.from({ length: 1 + random.below(4) }, (_, n) => ({
        name: ['upstream-tests', 'smoke', 'command1', 'autodep8-python3'][n] ?? 'test',
        result: status === 'fail' && n === 0 ? 'FAIL' : 'PASS',
        detail: status === 'fail' && n === 0 ? 'non-zero exit status 1' : null,
      })),
      logBytes: 2000 + random.below(90_000),
      artifactsBytes: 5000 + random.below(400_000),
      testbedDigest: testbedDigest(job, day),
    };
  }

  #abandon(): GeneratedEvent[] {
    const open = this.#take(this.#running, this.random.below(this.#running.length));
    const { attempt, worker } = open;
    const reason = 'no sign of life for 5 min';
    const event = this.#of(
      { type: 'TestAbandoned', data: { runId: open.job.runId, attempt, worker, reason } },
      'collector',
    );
    if (attempt < 3) {
      open.attempt++;
      this.#waiting.unshift(open);
      return [event];
    }
    const lost = {
      ...this.#outcome(open),
      exitCode: 20,
      status: 'tmpfail',
      version: null,
      testbedDigest: null,
      tests: [],
    } as const;
    const data = { ...lost, message: 'worker lost (3 attempts)', runId: open.job.runId, attempt };
    return [event, this.#of({ type: 'TestFinished', data }, 'collector')];
  }

  #cancel(): GeneratedEvent[] {
    const { job } = this.#take(this.#waiting, this.random.below(this.#waiting.length));
    return [
      this.#of({ type: 'TestCancelled', data: { runId: job.runId, by: 'user:admin', reason: null } }, 'user:admin'),
    ];
  }

  /** Private runs are published, files of old ones removed. */
  #afterwards(): GeneratedEvent[] {
    const hidden = this.#ended.findIndex((job) => job.private);
    const at = hidden >= 0 ? hidden : 0;
    const [job] = this.#ended.splice(at, 1);
    if (!job) return [];
    const data = { runId: job.runId, by: 'user:admin', reason: null };
    return [this.#of({ type: hidden >= 0 ? 'TestPublished' : 'TestFilesPurged', data }, 'user:admin')];
  }

  #key(): GeneratedEvent[] {
    const { random } = this;
    if (this.#lastKey > 0 && random.chance(0.3)) {
      const keyId = `k${1 + random.below(this.#lastKey)}`;
      return [this.#of({ type: 'ApiKeyRevoked', data: { keyId, by: 'user:admin', reason: null } }, 'user:admin')];
    }
    const keyId = `k${++this.#lastKey}`;
    const data = { keyId, user: `user${random.below(50)}`, hash: random.hex(64) };
    return [this.#of({ type: 'ApiKeyIssued', data }, 'user:admin')];
  }

  #take(from: Open[], index: number): Open {
    const [open] = from.splice(index, 1);
    if (!open) throw new Error('nothing is open');
    return open;
  }

  #nowMs(): number {
    return BEGIN + this.#events * MS_AN_EVENT;
  }

  #of(event: DomainEvent, actor: string, metadata: Partial<EventMetadata> = {}): GeneratedEvent {
    this.#events++;
    const time = new Date(this.#nowMs()).toISOString();
    const { type, data } = event;
    const stream = streamOf(event);
    const whole = { actor, causationId: null, correlationId: null, ...metadata };
    return {
      stream,
      event: { id: this.#uuid(), type, schemaVersion: SCHEMA_VERSIONS[type], time, data, metadata: whole },
    };
  }

  /** As newEventId makes them: the time first. */
  #uuid(): string {
    const time = this.#nowMs().toString(16).padStart(12, '0');
    const rest = this.random.hex(18);
    return `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(0, 3)}-8${rest.slice(3, 6)}-${rest.slice(6)}`;
  }
}

const DIGESTS = new Map<string, string>();

/** The packages of a testbed change once a day. */
function testbedDigest({ suite, arch }: Job, day: number): string {
  const key = `${suite}/${arch}/${day}`;
  let digest = DIGESTS.get(key);
  if (digest === undefined) {
    digest = new Random(
      day * 16 + SUITES.indexOf(suite as (typeof SUITES)[number]) * 4 + ARCHES.indexOf(arch as (typeof ARCHES)[number]),
    ).hex(64);
    DIGESTS.set(key, digest);
  }
  return digest;
}

function streamOf({ data }: DomainEvent): string {
  if ('runId' in data) return testStream(data.runId);
  return 'keyId' in data ? apiKeyStream(data.keyId) : packageStream(data.package);
}
