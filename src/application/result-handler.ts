import { DebciError, UnknownRunError } from '../domain/errors.js';
import type { TestRunEvent } from '../domain/events.js';
import { BrokenResultError, type ArtifactStore, type StagedResult } from '../domain/ports/artifact-store.js';
import type { Logger } from '../domain/ports/logger.js';
import type { Delivery, DurableQueue, MessageBus } from '../domain/ports/message-bus.js';
import { testRunDecider, testStream, type TestRun } from '../domain/test-run.js';
import { consumeLoop } from './consume.js';
import type { EventLog } from './event-log.js';
import type { Leases } from './leases.js';
import { attemptOf } from './messages/headers.js';
import { MalformedMessageError } from './messages/malformed.js';

const MAX_IN_FLIGHT = 32;

/** A result that does not fit the job it names: another package, suite or architecture. */
class ForeignResultError extends DebciError {
  readonly code = 'E_FOREIGN_RESULT';
}

/** What makes a message unusable for ever; anything else may pass, and the message comes again. */
const UNUSABLE = [BrokenResultError, UnknownRunError, ForeignResultError, MalformedMessageError];

export interface ResultHandlerParts {
  readonly bus: MessageBus;
  readonly queue: DurableQueue;
  readonly log: EventLog;
  readonly artifacts: ArtifactStore;
  readonly leases: Leases;
  readonly logger: Logger;
}

function refuseForeign(run: TestRun, staged: StagedResult): void {
  if (run.kind === 'none') throw new UnknownRunError(staged.run.runId);
  for (const field of ['package', 'suite', 'arch'] as const) {
    if (run.job[field] === staged.run[field]) continue;
    throw new ForeignResultError(
      `run ${staged.run.runId} tests ${field} ${run.job[field]}; the result is of ${staged.run[field]}`,
    );
  }
}

/** Tells a sender that waits for it (over a bus that keeps nothing). */
async function taken(delivery: Delivery): Promise<void> {
  await delivery.respond(new Uint8Array());
}

/**
 * Takes results from the bus: the files go to their place, then the result into the log, then the message is
 * acknowledged. A crash in between repeats the whole, which changes nothing. What is no result, or of no job that
 * is known, is set aside for a person to look at: never lost, never fatal.
 */
export class ResultHandler {
  /** Results of one run are handled one after the other: their files have one place. */
  private readonly busy = new Map<number, Promise<void>>();

  constructor(private readonly parts: ResultHandlerParts) {}

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { bus, queue, logger } = this.parts;
    const handle = (delivery: Delivery): Promise<void> => this.handle(delivery);
    await consumeLoop({ bus, queue, maxInFlight: MAX_IN_FLIGHT, exclusive: true, logger, handle }, signal);
  }

  private async handle(delivery: Delivery): Promise<void> {
    try {
      const staged = await this.parts.artifacts.receive(delivery.body);
      await this.inTurn(staged.run.runId, () => this.take(staged, delivery));
      await taken(delivery);
      delivery.ack();
    } catch (error) {
      if (!UNUSABLE.some((kind) => error instanceof kind)) throw error;
      const reason = (error as DebciError).message;
      const keptAt = await this.parts.artifacts.setAside(delivery.body, reason);
      this.parts.logger.warn({ reason, keptAt }, 'a result could not be used and was set aside');
      await taken(delivery);
      delivery.term();
    }
  }

  private async take(staged: StagedResult, delivery: Delivery): Promise<void> {
    const { log, leases } = this.parts;
    const { runId } = staged.run;
    const { outcome } = staged;
    const command = { type: 'finish', runId, attempt: attemptOf(delivery.headers), outcome } as const;
    try {
      const { events } = await log.handle(
        testRunDecider,
        testStream(runId),
        command,
        { actor: `worker:${outcome.worker}`, causationId: delivery.messageId, correlationId: null },
        async (run, decided) => {
          refuseForeign(run, staged);
          // Only the result that counts may take the run's place.
          if (decided.some(({ type }) => type === 'TestFinished')) await staged.commit();
        },
      );
      leases.end(runId);
      this.report(staged, events);
    } finally {
      await staged.discard();
    }
  }

  private report({ run, outcome }: StagedResult, events: readonly TestRunEvent[]): void {
    const what = { runId: run.runId, package: run.package, suite: run.suite, arch: run.arch, worker: outcome.worker };
    const [event] = events;
    if (event?.type === 'TestFinished') this.parts.logger.info({ ...what, status: outcome.status }, 'result received');
    else if (event === undefined) this.parts.logger.debug(what, 'the same result again');
    else this.parts.logger.warn(what, 'result ignored: another one counts, or the run was cancelled');
  }

  private async inTurn(runId: number, work: () => Promise<void>): Promise<void> {
    const before = this.busy.get(runId) ?? Promise.resolve();
    const mine = before.then(work, work);
    const settled = mine.catch(() => undefined);
    this.busy.set(runId, settled);
    try {
      await mine;
    } finally {
      if (this.busy.get(runId) === settled) this.busy.delete(runId);
    }
  }
}
