import type { Job } from '../domain/job.js';
import type { CheckpointStore } from '../domain/ports/checkpoint-store.js';
import type { Position } from '../domain/ports/event-store.js';
import type { JobIndex } from '../domain/ports/job-index.js';
import type { Logger } from '../domain/ports/logger.js';
import { BusUnavailableError, NoRouteError, type DurableQueue, type MessageBus } from '../domain/ports/message-bus.js';
import { testRunDecider, testStream } from '../domain/test-run.js';
import type { EventLog, RecordedDomainEvent } from './event-log.js';
import { encodeAttempt, UNWANTED_SUBJECT } from './messages/control.js';
import { formatDispatch } from './messages/dispatch.js';
import { ATTEMPT_HEADER } from './messages/headers.js';
import { testsQueue, testsSubject } from './messages/subjects.js';
import { pause } from './pause.js';

/** The checkpoint's name. */
const CHECKPOINT = 'dispatch';
const RETRY_AFTER_MS = 1_000;
/** So many jobs are given to the broker before its answers are waited for. */
const MAX_UNCONFIRMED = 1_000;
/** A job is due when it is enqueued, and again when an attempt is given up; the others tell that it no longer is. */
const TYPES = ['TestEnqueued', 'TestAbandoned', 'TestFinished', 'TestCancelled'];

interface Due {
  readonly job: Job;
  readonly attempt: number;
}

export interface DispatcherParts {
  readonly log: EventLog;
  readonly index: JobIndex;
  readonly bus: MessageBus;
  readonly checkpoints: CheckpointStore;
  readonly logger: Logger;
}

function* inWindows(due: Iterable<Due>): Generator<Due[]> {
  let window: Due[] = [];
  for (const one of due) {
    window.push(one);
    if (window.length < MAX_UNCONFIRMED) continue;
    yield window;
    window = [];
  }
  if (window.length > 0) yield window;
}

/**
 * The outbox: follows the log, and sends each job that is due to the workers' queue. What was sent is remembered
 * by a checkpoint, saved after the broker's confirm; a crash in between sends some jobs twice, and the second result
 * of such a job is ignored. On a bus that forgets (the embedded one) every job that waits is sent again at the start.
 */
export class Dispatcher {
  /** Queues that are there, or being made. */
  private readonly queues = new Map<string, Promise<void>>();

  constructor(private readonly parts: DispatcherParts) {}

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { log, checkpoints, bus } = this.parts;
    const after = bus.capabilities.durable ? checkpoints.load(CHECKPOINT) : await this.catchUp(signal);
    for await (const batch of log.subscribe({ after: after ?? 'start', filter: { types: TYPES }, signal })) {
      const sent = await this.sendAll(await this.due(batch.events), signal);
      if (sent === null) return;
      // What holds nothing to send can as well be read again: it is not worth a write.
      if (batch.position !== null && sent > 0) checkpoints.save(CHECKPOINT, batch.position);
    }
  }

  /**
   * Sends every job that waits again, for a broker that was emptied. What runs is left alone: its lease guards it.
   * @returns how many
   * @throws where the signal aborts before all are sent
   */
  async redispatch(signal: AbortSignal): Promise<number> {
    await this.reachEnd();
    const sent = await this.sendAll(this.waiting(), signal);
    if (sent === null) throw signal.reason;
    this.parts.logger.info({ jobs: sent }, 'jobs that wait were sent to the workers again');
    return sent;
  }

  /** On a bus that forgets. @returns the position up to which all that waits is sent */
  private async catchUp(signal: AbortSignal): Promise<Position | null> {
    const position = await this.reachEnd();
    await this.sendAll(this.waiting(), signal);
    return position;
  }

  private async reachEnd(): Promise<Position | null> {
    const position = await this.parts.log.lastPosition();
    if (position !== null) await this.parts.index.reached(position);
    return position;
  }

  private *waiting(): Generator<Due> {
    for (const open of this.parts.index.openJobs()) if (open.worker === null) yield open;
  }

  private async due(events: readonly RecordedDomainEvent[]): Promise<Due[]> {
    const due = new Map<number, Due>();
    for (const event of events) {
      if (event.type === 'TestEnqueued') due.set(event.data.runId, { job: event.data, attempt: 1 });
      else if (event.type === 'TestAbandoned') await this.againDue(event.data.runId, due);
      else if (event.type === 'TestFinished') due.delete(event.data.runId);
      else if (event.type === 'TestCancelled') await this.callOff(event.data.runId, due);
    }
    return [...due.values()];
  }

  /** Whoever runs it shall stop. Who does not hear it works in vain: its result will not count. */
  private async callOff(runId: number, due: Map<number, Due>): Promise<void> {
    due.delete(runId);
    try {
      await this.parts.bus.publish(UNWANTED_SUBJECT, encodeAttempt({ runId }));
    } catch (error) {
      if (!(error instanceof BusUnavailableError)) throw error;
      this.parts.logger.debug({ runId, reason: error.message }, 'workers could not be told that a run was cancelled');
    }
  }

  private async againDue(runId: number, due: Map<number, Due>): Promise<void> {
    const run = await this.parts.log.state(testRunDecider, testStream(runId));
    if (run.kind === 'open') due.set(runId, { job: run.job, attempt: run.attempt });
  }

  /** @returns how many; null where the signal aborted before the bus held all */
  private async sendAll(due: Iterable<Due>, signal: AbortSignal): Promise<number | null> {
    let sent = 0;
    for (const some of inWindows(due)) {
      const held = await Promise.all(some.map((one) => this.sendUntilHeld(one, signal)));
      if (held.includes(false)) return null;
      sent += some.length;
    }
    return sent;
  }

  private async sendUntilHeld(due: Due, signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      try {
        await this.send(due);
        return true;
      } catch (error) {
        // No route: someone deleted the queue; it is made again.
        if (error instanceof NoRouteError) this.queues.clear();
        else if (!(error instanceof BusUnavailableError)) throw error;
        this.parts.logger.debug({ runId: due.job.runId, reason: error.message }, 'dispatch waits for the bus');
        await pause(RETRY_AFTER_MS, signal);
      }
    }
    return false;
  }

  private async send({ job, attempt }: Due): Promise<void> {
    const { bus } = this.parts;
    await this.ensureQueue(testsQueue(job.arch, job.backend));
    await bus.publish(testsSubject(job.arch, job.backend), new TextEncoder().encode(formatDispatch(job)), {
      priority: job.priority,
      headers: { [ATTEMPT_HEADER]: String(attempt) },
      messageId: `${job.runId}/${attempt}`,
      routed: true,
    });
  }

  /** Once a queue, however many jobs wait for it. */
  private async ensureQueue(queue: DurableQueue): Promise<void> {
    const making = this.queues.get(queue.name) ?? this.parts.bus.ensureQueue(queue);
    this.queues.set(queue.name, making);
    try {
      await making;
    } catch (error) {
      this.queues.delete(queue.name);
      throw error;
    }
  }
}
