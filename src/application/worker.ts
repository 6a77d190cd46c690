import { DebciError } from '../domain/errors.js';
import type { Logger } from '../domain/ports/logger.js';
import { BusUnavailableError, type MessageBus } from '../domain/ports/message-bus.js';
import type { ResultPacker } from '../domain/ports/result-packer.js';
import type { Spool } from '../domain/ports/spool.js';
import type { TestExit, Testbed } from '../domain/ports/testbed.js';
import type { DeadLetters } from './dead-letters.js';
import { JobSource, type TakenJob } from './job-source.js';
import { ATTEMPT_HEADER, RUN_ID_HEADER, WORKER_HEADER } from './messages/headers.js';
import { testsQueue } from './messages/subjects.js';
import { pause } from './pause.js';
import { ProgressReporter } from './progress-reporter.js';
import { runBeneath, runTogether } from './run-together.js';
import { RunningJobs } from './running-jobs.js';
import type { SpoolSender } from './spool-sender.js';

export interface WorkerParts {
  readonly bus: MessageBus;
  /** By backend: each has its own queue, aliases share one. */
  readonly testbeds: ReadonlyMap<string, Testbed>;
  readonly packer: ResultPacker;
  readonly spool: Spool;
  readonly sender: SpoolSender;
  readonly deadLetters: DeadLetters;
  readonly logger: Logger;
}

export interface WorkerSettings {
  /** As it appears in results: the host's short name, and a slot where a host runs several. */
  readonly name: string;
  readonly arch: string;
  /** Tests run at once. */
  readonly jobs: number;
  readonly timeoutMs: number;
  /** How often a sign of life is given while a test runs; the collector's lease is longer. */
  readonly aliveEveryMs: number;
}

/** `stop`: finish what runs and take no more. `kill`: end what runs too; it goes back to the queue. */
export interface WorkerSignals {
  readonly stop: AbortSignal;
  readonly kill: AbortSignal;
}

/** A job that was given back unacknowledged comes again after this, to whichever worker is free then. */
const COMES_AGAIN_AFTER_MS = 10_000;
/**
 * A slot that could not run its job (a full disk, no testbed) takes no other for so long, twice as long after the next:
 * or one broken worker would use up all attempts of every job in the queue.
 */
const FIRST_REST_MS = 10_000;
const LONGEST_REST_MS = 5 * 60_000;

function describe({ request: { runId, package: name, suite, arch }, attempt }: TakenJob): object {
  return { runId, package: name, suite, arch, attempt };
}

/** One line that the rule for reasons accepts. */
function shorten(reason: string): string {
  return reason.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, 200);
}

/** How a test ended; null: it was not begun. */
type Ended = Pick<TestExit, 'ended' | 'exitCode'> | null;

/**
 * Takes jobs and runs them, `jobs` at once. Each slot takes one job at a time and holds none back for later.
 *
 * A job of our collector: say `started`, acknowledge, run (saying `alive`), spool the result. The collector's lease
 * then guards it, however long it takes. A job that was cancelled meanwhile is not begun, or stopped. A job of Debian's
 * collector is acknowledged when its result is spooled, as Debian's worker does, since nobody there keeps a lease.
 */
export class Worker {
  private readonly progress: ProgressReporter;
  private readonly running: RunningJobs;
  private readonly jobs: JobSource;

  constructor(
    private readonly parts: WorkerParts,
    private readonly settings: WorkerSettings,
  ) {
    this.progress = new ProgressReporter(parts.bus, settings.name, parts.logger, settings.aliveEveryMs);
    this.running = new RunningJobs(parts.bus, parts.logger);
    const { arch } = settings;
    const queues = [...parts.testbeds.keys()].map((backend) => testsQueue(arch, backend));
    // Backends that share a queue are served by one consumer.
    const distinct = [...new Map(queues.map((queue) => [queue.name, queue])).values()];
    this.jobs = new JobSource({ ...parts, queues: distinct, arch });
  }

  /** Runs until `stop` aborts and the tests under way have ended. */
  async run({ stop, kill }: WorkerSignals): Promise<void> {
    const slots = Array.from({ length: this.settings.jobs }, () => ({
      run: (stopped: AbortSignal) => this.slot({ stop: stopped, kill }),
    }));
    const listening = await this.running.listen(stop);
    if (listening === null) return;
    await runBeneath(listening, { run: (stopped) => runTogether(slots, stopped) }, stop);
  }

  private async slot({ stop, kill }: WorkerSignals): Promise<void> {
    let restMs = FIRST_REST_MS;
    for (let job = await this.jobs.next(stop); job !== null; job = await this.jobs.next(stop)) {
      if (await this.handle(job, kill)) {
        restMs = FIRST_REST_MS;
      } else {
        await pause(restMs, stop);
        restMs = Math.min(2 * restMs, LONGEST_REST_MS);
      }
    }
  }

  /** @returns false where this worker was not able to run the job, and it is not for the bus, which all wait for */
  private async handle(job: TakenJob, kill: AbortSignal): Promise<boolean> {
    const { logger } = this.parts;
    const what = describe(job);
    try {
      const ended = await this.once(job, kill);
      logger.info({ ...what, ...ended }, ended === null ? 'the job is no longer wanted' : 'test ended');
      return true;
    } catch (error) {
      logger.error({ ...what, err: error }, 'the test could not be run');
      await this.giveBack(job, error instanceof DebciError ? error.message : 'the worker failed');
      return error instanceof BusUnavailableError;
    }
  }

  /**
   * A run is not done twice at once: what comes again while it runs here is dropped, its next attempt (this worker was
   * thought lost) waits for another worker, or for the end of this one.
   */
  private async once(job: TakenJob, kill: AbortSignal): Promise<Ended> {
    const { request, attempt, delivery } = job;
    const running = this.running.attemptAt(request.runId);
    if (running === undefined) {
      return this.running.track(request.runId, attempt, (unwanted) =>
        this.perform(job, AbortSignal.any([kill, unwanted])),
      );
    }
    if (running === attempt && attempt !== null) delivery.ack();
    else delivery.nak(COMES_AGAIN_AFTER_MS);
    return null;
  }

  private async perform(job: TakenJob, stop: AbortSignal): Promise<Ended> {
    const { request, attempt, delivery } = job;
    if (!(await this.begin(job))) return null;
    this.parts.logger.info(describe(job), 'test started');
    const alive = attempt === null ? null : this.keepAlive(request.runId, attempt);
    try {
      const { ended, exitCode } = await this.runAndSpool(job, stop);
      if (ended === 'stopped') await this.giveBack(job, 'the test was stopped');
      else if (attempt === null) delivery.ack();
      return { ended, exitCode };
    } finally {
      alive?.stop();
    }
  }

  /** Whoever missed that the run is no longer wanted learns it with the next sign of life. */
  private keepAlive(runId: number, attempt: number): { stop(): void } {
    return this.progress.keepAlive(runId, attempt, () => {
      this.running.stop(runId);
    });
  }

  /** For another attempt, by whichever worker takes it. What was not acknowledged comes again of itself. */
  private async giveBack({ request, attempt, delivery }: TakenJob, reason: string): Promise<void> {
    delivery.nak(COMES_AGAIN_AFTER_MS);
    if (attempt !== null) await this.progress.released(request.runId, attempt, shorten(reason));
  }

  /** @returns false where the job is not to be run */
  private async begin({ request: { runId }, attempt, delivery }: TakenJob): Promise<boolean> {
    if (attempt === null) return true;
    const wanted = await this.progress.wanted(runId, attempt);
    if (wanted) await this.progress.started(runId, attempt);
    delivery.ack();
    return wanted;
  }

  /** One that shares the backend's queue where there is none of its own: such testbeds are interchangeable. */
  private testbedFor(backend: string): Testbed {
    const { testbeds } = this.parts;
    const queueOf = (name: string): string => testsQueue(this.settings.arch, name).name;
    const shared = [...testbeds].find(([name]) => queueOf(name) === queueOf(backend));
    const testbed = testbeds.get(backend) ?? shared?.[1] ?? [...testbeds.values()][0];
    if (testbed === undefined) throw new Error('a worker needs a testbed');
    return testbed;
  }

  private async runAndSpool({ request, attempt }: TakenJob, stop: AbortSignal): Promise<TestExit> {
    const { packer, spool, sender } = this.parts;
    const testbed = this.testbedFor(request.backend);
    const workspace = await packer.workspace(request.runId);
    try {
      const { outputDir } = workspace;
      const exit = await testbed.run(request, { outputDir, timeoutMs: this.settings.timeoutMs, signal: stop });
      if (exit.ended === 'stopped') return exit;
      const body = await workspace.pack(request, exit, this.settings.name);
      const headers = {
        [RUN_ID_HEADER]: String(request.runId),
        [WORKER_HEADER]: this.settings.name,
        ...(attempt && { [ATTEMPT_HEADER]: String(attempt) }),
      };
      await spool.put(`${request.runId}-${attempt ?? 0}`, body, headers);
      sender.wake();
      return exit;
    } finally {
      await workspace.remove();
    }
  }
}
