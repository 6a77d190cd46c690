import { DebciError, UnknownRunError } from '../domain/errors.js';
import type { TestRunEvent } from '../domain/events.js';
import type { StagedResult } from '../domain/ports/artifact-store.js';
import type { Logger } from '../domain/ports/logger.js';
import { hasResult, testRunDecider, testStream, type TestRun } from '../domain/test-run.js';
import type { EventLog } from './event-log.js';
import type { Leases } from './leases.js';
import type { Sender } from './messages/headers.js';

/** A result that does not fit the job it names: another package, suite or architecture. */
export class ForeignResultError extends DebciError {
  readonly code = 'E_FOREIGN_RESULT';
}

/** What is known of a result beside what is in it. */
export interface ResultContext {
  /** Null: its worker (Debian's) does not count attempts. */
  readonly attempt: number | null;
  readonly messageId: string | null;
}

/** Cancelled, or given up because its workers were lost. */
function endedWithoutResult(run: TestRun): boolean {
  return run.kind === 'cancelled' || (run.kind === 'finished' && run.finishedBy === null);
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

/** Ends a run with a result that was received: its files, then its event. Results of one run must come one by one. */
export class FinishRun {
  constructor(
    private readonly log: EventLog,
    private readonly leases: Leases,
    private readonly logger: Logger,
  ) {}

  /** Whether this result was taken before. */
  async knows({ runId, attempt, worker }: Sender): Promise<boolean> {
    return hasResult(await this.log.state(testRunDecider, testStream(runId)), attempt, worker);
  }

  /**
   * @param filesReady is awaited between files and event, for others whose events go into the log with this one
   * @throws UnknownRunError, ForeignResultError: the result is of no use; others may pass
   */
  async execute(
    staged: StagedResult,
    { attempt, messageId }: ResultContext,
    filesReady: () => Promise<void>,
  ): Promise<void> {
    const { run, outcome } = staged;
    const { events } = await this.log.handle(
      testRunDecider,
      testStream(run.runId),
      { type: 'finish', runId: run.runId, attempt, outcome },
      { actor: `worker:${outcome.worker}`, causationId: messageId, correlationId: null },
      async (state, decided) => {
        refuseForeign(state, staged);
        // Only the result that counts may take the run's place.
        if (decided.some(({ type }) => type === 'TestFinished')) await staged.commit();
        // Its files may be there: they came first, then a cancellation, or the death of this process, before the event.
        else if (endedWithoutResult(state)) await staged.withdraw();
        await filesReady();
      },
    );
    this.leases.end(run.runId);
    this.report(staged, events);
  }

  private report({ run, outcome }: StagedResult, events: readonly TestRunEvent[]): void {
    const what = { runId: run.runId, package: run.package, suite: run.suite, arch: run.arch, worker: outcome.worker };
    const [event] = events;
    if (event?.type === 'TestFinished') this.logger.info({ ...what, status: outcome.status }, 'result received');
    else if (event === undefined) this.logger.debug(what, 'the same result again');
    else this.logger.warn(what, 'result ignored: another one counts, or the run was cancelled');
  }
}
