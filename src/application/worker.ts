import { DebciError } from '../domain/errors.js';
import type { Logger } from '../domain/ports/logger.js';
import type { Delivery, DurableQueue, MessageBus } from '../domain/ports/message-bus.js';
import type { ResultPacker } from '../domain/ports/result-packer.js';
import type { Spool } from '../domain/ports/spool.js';
import type { TestExit, TestRequest, Testbed } from '../domain/ports/testbed.js';
import { closeOnAbort } from './consume.js';
import { ATTEMPT_HEADER, attemptOf, WORKER_HEADER } from './messages/headers.js';
import { MalformedMessageError } from './messages/malformed.js';
import { parseDispatch } from './messages/dispatch.js';
import { testsQueue } from './messages/subjects.js';
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
  readonly logger: Logger;
}

export interface WorkerSettings {
  /** As it appears in results: the host's short name, and a slot where a host runs several. */
  readonly name: string;
  readonly arch: string;
  /** Tests run at once. */
  readonly jobs: number;
  readonly timeoutMs: number;
}

/** `stop`: finish what runs and take no more. `kill`: end what runs too; it goes back to the queue. */
export interface WorkerSignals {
  readonly stop: AbortSignal;
  readonly kill: AbortSignal;
}

/** A job of Debian's collector that could not be run comes again after this, to whichever worker is free then. */
const GIVE_BACK_PAUSE_MS = 10_000;

/** One line that the rule for reasons accepts. */
function shorten(reason: string): string {
  return reason.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, 200);
}

/** A job as it was taken from a queue. `attempt` null: dispatched by Debian's collector, which does not count them. */
interface Taken {
  readonly request: TestRequest;
  readonly attempt: number | null;
  readonly delivery: Delivery;
}

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
  private readonly queues: readonly DurableQueue[];

  constructor(
    private readonly parts: WorkerParts,
    private readonly settings: WorkerSettings,
  ) {
    this.progress = new ProgressReporter(parts.bus, settings.name, parts.logger);
    this.running = new RunningJobs(parts.bus, parts.logger);
    const queues = [...parts.testbeds.keys()].map((backend) => testsQueue(settings.arch, backend));
    // Backends that share a queue are served by one consumer.
    this.queues = [...new Map(queues.map((queue) => [queue.name, queue])).values()];
  }

  /** Runs until `stop` aborts and the tests under way have ended. */
  async run({ stop, kill }: WorkerSignals): Promise<void> {
    const slots = Array.from({ length: this.settings.jobs }, () => ({
      run: (stopped: AbortSignal) => this.slot({ stop: stopped, kill }),
    }));
    await runBeneath(await this.running.listen(), { run: (stopped) => runTogether(slots, stopped) }, stop);
  }

  private async slot({ stop, kill }: WorkerSignals): Promise<void> {
    while (!stop.aborted) {
      const delivery = await this.next(stop);
      if (delivery !== null) await this.handle(delivery, kill);
    }
  }

  /**
   * One job from whichever queue has one first; null when stopped. The consumers are gone before the job is
   * acknowledged, so no second one comes here to wait.
   */
  private async next(stop: AbortSignal): Promise<Delivery | null> {
    const { bus } = this.parts;
    const consumers = await Promise.all(this.queues.map((queue) => bus.consume(queue, { maxInFlight: 1 })));
    const closeAll = (): Promise<unknown> => Promise.all(consumers.map((consumer) => consumer.close()));
    const releases = consumers.map((consumer) => closeOnAbort(consumer, stop));
    const taken: Delivery[] = [];
    await Promise.all(
      consumers.map(async (consumer) => {
        for await (const delivery of consumer) {
          taken.push(delivery);
          break;
        }
        await closeAll();
      }),
    );
    for (const release of releases) release();
    const [first, ...others] = taken;
    for (const delivery of others) delivery.nak();
    return first ?? null;
  }

  private async handle(delivery: Delivery, kill: AbortSignal): Promise<void> {
    const taken = this.read(delivery);
    if (taken === null) return;
    const { request, attempt } = taken;
    const { logger } = this.parts;
    const what = { runId: request.runId, package: request.package, suite: request.suite, arch: request.arch };
    try {
      if (!(await this.begin(taken))) {
        logger.info({ ...what, attempt }, 'the job is no longer wanted');
        return;
      }
      logger.info({ ...what, attempt }, 'test started');
      const { ended, exitCode } = await this.running.track(request.runId, (unwanted) =>
        this.runAndSpool(taken, AbortSignal.any([kill, unwanted])),
      );
      if (ended === 'stopped') await this.giveBack(taken, 'the test was stopped');
      else if (attempt === null) delivery.ack();
      logger.info({ ...what, exitCode, ended }, 'test ended');
    } catch (error) {
      logger.error({ ...what, err: error }, 'the test could not be run');
      await this.giveBack(taken, error instanceof DebciError ? error.message : 'the worker failed');
    }
  }

  private async giveBack({ request, attempt, delivery }: Taken, reason: string): Promise<void> {
    if (attempt === null) delivery.nak(GIVE_BACK_PAUSE_MS);
    else await this.progress.released(request.runId, attempt, shorten(reason));
  }

  private read(delivery: Delivery): Taken | null {
    const { logger } = this.parts;
    try {
      const { request, unknown } = parseDispatch(delivery.body, this.settings.arch);
      if (unknown.length > 0) logger.warn({ runId: request.runId, unknown }, 'unknown parameters were skipped');
      return { request, attempt: attemptOf(delivery.headers), delivery };
    } catch (error) {
      if (!(error instanceof MalformedMessageError)) throw error;
      logger.warn({ reason: error.message }, 'a job could not be understood and was dropped');
      delivery.term();
      return null;
    }
  }

  /** @returns false where the job is not to be run */
  private async begin({ request: { runId }, attempt, delivery }: Taken): Promise<boolean> {
    if (attempt === null) return true;
    const wanted = await this.progress.wanted(runId, attempt);
    if (wanted) await this.progress.started(runId, attempt);
    delivery.ack();
    return wanted;
  }

  /** Whoever missed that the run was cancelled learns it with the next sign of life. */
  private keepAlive(runId: number, attempt: number): { stop(): void } {
    return this.progress.keepAlive(runId, attempt, () => {
      this.running.stop(runId);
    });
  }

  private async runAndSpool(taken: Taken, kill: AbortSignal): Promise<TestExit> {
    const { request, attempt } = taken;
    const { packer, testbeds, spool, sender } = this.parts;
    const testbed = testbeds.get(request.backend) ?? [...testbeds.values()][0];
    if (testbed === undefined) throw new Error('a worker needs a testbed');
    const workspace = await packer.workspace(request.runId);
    const alive = attempt === null ? null : this.keepAlive(request.runId, attempt);
    try {
      const { outputDir } = workspace;
      const exit = await testbed.run(request, { outputDir, timeoutMs: this.settings.timeoutMs, signal: kill });
      if (exit.ended === 'stopped') return exit;
      const body = await workspace.pack(request, exit, this.settings.name);
      const headers = { [WORKER_HEADER]: this.settings.name, ...(attempt && { [ATTEMPT_HEADER]: String(attempt) }) };
      await spool.put(`${request.runId}-${attempt ?? 0}`, body, headers);
      sender.wake();
      return exit;
    } finally {
      alive?.stop();
      await workspace.remove();
    }
  }
}
