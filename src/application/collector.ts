import type { ArtifactStore } from '../domain/ports/artifact-store.js';
import type { CheckpointStore } from '../domain/ports/checkpoint-store.js';
import type { Clock } from '../domain/ports/clock.js';
import type { JobIndex } from '../domain/ports/job-index.js';
import type { Logger } from '../domain/ports/logger.js';
import type { DurableQueue, MessageBus } from '../domain/ports/message-bus.js';
import type { PartStore } from '../domain/ports/part-store.js';
import type { RejectList } from '../domain/ports/reject-list.js';
import { DeadLetters } from './dead-letters.js';
import { Dispatcher } from './dispatch.js';
import { Enqueue } from './enqueue.js';
import type { EventLog } from './event-log.js';
import { FinishRun } from './finish-run.js';
import { Leases } from './leases.js';
import { ProgressHandler } from './progress-handler.js';
import { DEAD_LETTERS_QUEUE, PROGRESS_QUEUE, REQUESTS_QUEUE } from './messages/subjects.js';
import { RequestHandler } from './request-handler.js';
import { RequestDesk } from './requests.js';
import { Retention } from './retention.js';
import { ResultHandler } from './result-handler.js';
import { runTogether } from './run-together.js';
import { WantedDesk } from './wanted-desk.js';
import { whenUp } from './when-up.js';

export interface CollectorParts {
  readonly bus: MessageBus;
  readonly log: EventLog;
  /** Kept up by projections that run beside the collector. */
  readonly index: JobIndex;
  readonly rejectList: RejectList;
  readonly artifacts: ArtifactStore;
  readonly partStore: PartStore;
  readonly checkpoints: CheckpointStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly resultsQueue: DurableQueue;
  /** See RetentionParts. */
  readonly retentionDays: number;
  /** See LeasesParts. */
  readonly leaseMs?: number;
  readonly checkLeasesEveryMs?: number;
}

/**
 * The only writer of the log: takes requests, dispatches jobs, watches the workers, takes results.
 * Runs until the signal aborts; if one part fails, all stop and the error is thrown.
 */
export async function runCollector(parts: CollectorParts, signal: AbortSignal): Promise<void> {
  const { bus, log, index, rejectList, clock, logger, resultsQueue } = parts;
  const end = await log.lastPosition();
  if (end !== null) await index.reached(end);
  const leases = new Leases(parts);
  // What ran on a bus that forgets ran in this process, which has ended since.
  if (!bus.capabilities.durable) await leases.abandonAll('debci was ended while the test ran');
  const deadLetters = new DeadLetters(bus, clock, logger);
  const finishRun = new FinishRun(log, leases, logger);
  const dispatcher = new Dispatcher(parts);
  const desk = new RequestDesk(log, index, new Enqueue(log, index, rejectList), () => dispatcher.redispatch(signal));
  // Who waits for this line may send at once: a broker drops what comes before its queue is there.
  for (const queue of [REQUESTS_QUEUE, PROGRESS_QUEUE, resultsQueue, DEAD_LETTERS_QUEUE]) {
    if ((await whenUp(() => bus.ensureQueue(queue), logger, signal)) === null) return;
  }
  logger.info({}, 'collector ready');
  await runTogether(
    [
      new RequestHandler(bus, desk, deadLetters, logger),
      dispatcher,
      new WantedDesk(bus, log, logger),
      new ProgressHandler({ bus, log, leases, deadLetters, clock, logger }),
      new ResultHandler({ ...parts, queue: resultsQueue, finishRun, deadLetters }),
      leases,
      new Retention(parts),
    ],
    signal,
  );
}
