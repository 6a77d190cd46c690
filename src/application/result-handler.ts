import { UnknownRunError, type DebciError } from '../domain/errors.js';
import {
  BrokenResultError,
  type ArtifactStore,
  type StagedResult,
  type Tarball,
} from '../domain/ports/artifact-store.js';
import type { Logger } from '../domain/ports/logger.js';
import type { Delivery, DurableQueue, MessageBus } from '../domain/ports/message-bus.js';
import type { PartKey, PartStore } from '../domain/ports/part-store.js';
import { Batches, type Meet } from './batches.js';
import { consumeLoop } from './consume.js';
import type { DeadLetters } from './dead-letters.js';
import { ForeignResultError, type FinishRun, type ResultContext } from './finish-run.js';
import { attemptOf, partOf, senderOf } from './messages/headers.js';
import { MalformedMessageError } from './messages/malformed.js';
import { Turns } from './turns.js';

const MAX_IN_FLIGHT = 32;

/** What makes a message unusable for ever; anything else may pass, and the message comes again. */
const UNUSABLE = [BrokenResultError, UnknownRunError, ForeignResultError, MalformedMessageError];

export interface ResultHandlerParts {
  readonly bus: MessageBus;
  readonly queue: DurableQueue;
  readonly finishRun: FinishRun;
  readonly artifacts: ArtifactStore;
  readonly partStore: PartStore;
  readonly deadLetters: DeadLetters;
  readonly logger: Logger;
}

interface Received extends ResultContext {
  readonly staged: StagedResult;
}

/** Tells a sender that waits for it (over a bus that keeps nothing). */
async function taken(delivery: Delivery): Promise<void> {
  await delivery.respond(new Uint8Array());
}

/**
 * Takes results from the bus: the files go to their place, then the result into the log, then the message is
 * acknowledged. A crash in between repeats the whole, which changes nothing. Large results come in parts, each of which
 * is acknowledged when it is on disk; the one that completes the whole, when the whole is taken. What is no result, or
 * of no job that is known, is set aside for a person to look at: never lost, never fatal.
 */
export class ResultHandler {
  /** By the SHA-256 of a whole, its parts; all results, up to where they are unpacked. */
  private readonly turns = new Turns<string>();
  private readonly received = new Batches<Received>(
    ({ staged }) => staged.run.runId,
    (one, meet) => this.finish(one, meet),
  );

  constructor(private readonly parts: ResultHandlerParts) {}

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { bus, queue, deadLetters, logger } = this.parts;
    const handle = (delivery: Delivery): Promise<void> => this.handle(delivery);
    const loop = { bus, queue, maxInFlight: MAX_IN_FLIGHT, exclusive: true, deadLetters, logger, handle };
    await consumeLoop(loop, signal);
  }

  private async handle(delivery: Delivery): Promise<void> {
    try {
      const part = partOf(delivery.headers);
      if (part === null) await this.take(delivery, delivery.body);
      else await this.turns.take(part.sha256, () => this.takePart(delivery, part));
      await taken(delivery);
      delivery.ack();
    } catch (error) {
      if (!UNUSABLE.some((kind) => error instanceof kind)) throw error;
      await this.setAside(delivery, (error as DebciError).message);
    }
  }

  /** A part that comes again when the whole was taken would lie there alone; so may others, where a crash left them. */
  private async takePart(delivery: Delivery, part: PartKey): Promise<void> {
    const sender = senderOf(delivery.headers);
    if (sender !== null && (await this.parts.finishRun.knows(sender))) return this.parts.partStore.forget(part);
    const whole = await this.parts.partStore.add(part, delivery.body);
    if (whole === null) return;
    try {
      await this.take(delivery, whole.content());
    } catch (error) {
      if (UNUSABLE.some((kind) => error instanceof kind)) await whole.forget();
      throw error;
    }
    await whole.forget();
  }

  /** Results are unpacked side by side, and taken in the order in which they came: of one run, the first is to count. */
  private async take(delivery: Delivery, tarball: Tarball): Promise<void> {
    const attempt = attemptOf(delivery.headers);
    const receiving = this.parts.artifacts.receive(tarball);
    // Its failure is told when its turn comes; one that nobody listens to until then would end the process.
    receiving.catch(() => undefined);
    const { finishing } = await this.turns.take('arrival', async () => {
      const staged = await receiving;
      return { finishing: this.received.add({ staged, attempt, messageId: delivery.messageId }) };
    });
    await finishing;
  }

  private async finish({ staged, ...context }: Received, meet: Meet): Promise<void> {
    try {
      await this.parts.finishRun.execute(staged, context, meet);
    } finally {
      await staged.discard();
    }
  }

  /** Among the dead letters; on this disk where the bus would forget them, or does not carry so much at once. */
  private async setAside(delivery: Delivery, reason: string): Promise<void> {
    const { bus, queue, artifacts, deadLetters, logger } = this.parts;
    const { durable, maxPayloadBytes } = bus.capabilities;
    if (durable && delivery.body.byteLength <= maxPayloadBytes) {
      await deadLetters.bury(queue, delivery, reason);
      return;
    }
    const keptAt = await artifacts.setAside(delivery.body, reason);
    logger.warn({ reason, keptAt }, 'a result could not be used and was set aside');
    await taken(delivery);
    delivery.term();
  }
}
