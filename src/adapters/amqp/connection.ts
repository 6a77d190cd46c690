import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { connect, type ChannelModel } from 'amqplib';
import {
  BusAccessError,
  BusUnavailableError,
  type BusStatus,
  type BusTrouble,
} from '../../domain/ports/message-bus.js';
import { type Address } from './address.js';
import { Changes } from './changes.js';
import { closedError, connectError, isSilence, reasonOf } from './errors.js';
import { type Troubles } from './troubles.js';

const CLOSE_MS = 5000;

/**
 * One connection that comes back by itself.
 *
 *   connecting ──> connected <──> blocked       (the broker raises and clears an alarm)
 *       │              │ lost        │ lost
 *       │ failed       v             v
 *       └─────────> reconnecting ──> connected  (attempts with a growing, jittered pause between)
 *                      │
 *                      └──> failed              (the broker refuses us: trying again cannot help)
 *
 * `close` leads from everywhere to closed. The first attempt may instead end it: `start` says which.
 * `prepare` runs on each new connection before anybody else may use it.
 */
export interface ConnectionSettings {
  readonly address: Address;
  readonly troubles: Troubles;
  /** Pause before the first attempt to reconnect, doubled each time up to the second. */
  readonly backoff: { readonly minMs: number; readonly maxMs: number };
  readonly heartbeatSeconds: number;
  readonly connectTimeoutMs: number;
  readonly prepare: (model: ChannelModel) => Promise<void>;
}

export class Connection {
  readonly changes = new Changes();
  readonly label: string;
  private current: BusStatus = { kind: 'connecting' };
  private open: ChannelModel | null = null;
  private failure: BusAccessError | null = null;
  private readonly closing = new AbortController();

  constructor(private readonly settings: ConnectionSettings) {
    this.label = settings.address.label;
  }

  get status(): BusStatus {
    return this.current;
  }

  /** What is open now; null while there is no connection. */
  get model(): ChannelModel | null {
    return this.open;
  }

  /**
   * The first attempt.
   * @throws BusUnavailableError if it failed and `retry` is false; BusAccessError in any case.
   */
  async start(retry: boolean): Promise<void> {
    try {
      await this.attempt();
    } catch (error) {
      if (!retry || error instanceof BusAccessError) throw this.giveUp(error);
      await this.reconnect(error, 'unreachable');
      this.assertUsable();
    }
  }

  /** @throws BusUnavailableError if there is none within that time, BusAccessError if there will be none. */
  whenUp(timeoutMs: number): Promise<ChannelModel> {
    return this.changes.until(
      () => {
        this.assertUsable();
        return this.open;
      },
      timeoutMs,
      () => this.unavailable(),
    );
  }

  /** @throws BusUnavailableError once it is closed, BusAccessError once it has failed. */
  assertUsable(): void {
    if (this.failure !== null) throw this.failure;
    if (this.current.kind === 'closed') throw closedError();
  }

  unavailable(): BusUnavailableError {
    const reason = 'reason' in this.current ? this.current.reason : this.current.kind;
    return new BusUnavailableError(`no connection to ${this.label} now: ${reason}`);
  }

  async close(): Promise<void> {
    if (this.isClosing()) return;
    const model = this.open;
    this.open = null;
    this.closing.abort();
    this.become({ kind: 'closed' });
    if (model !== null) await closeModel(model);
  }

  private async attempt(): Promise<void> {
    const model = await this.dial();
    let ended: unknown = null;
    model.on('error', (error) => (ended = error));
    model.on('close', (error) => {
      ended ??= error ?? new Error('closed by the broker');
      this.lost(model, ended);
    });
    model.on('blocked', (why) => {
      if (this.open === model) this.blocked(why);
    });
    model.on('unblocked', () => {
      if (this.open === model) this.unblocked();
    });
    await this.prepare(model);
    // It can end in the same breath as it was prepared.
    if (ended !== null) throw connectError(this.label, ended);
    this.open = model;
    this.become({ kind: 'connected' });
  }

  private async dial(): Promise<ChannelModel> {
    const { address, heartbeatSeconds, connectTimeoutMs } = this.settings;
    const socket = { ...address.socket, timeout: connectTimeoutMs, noDelay: true, keepAlive: true };
    try {
      return await connect({ ...address.server, heartbeat: heartbeatSeconds }, socket);
    } catch (error) {
      throw connectError(this.label, error);
    }
  }

  private async prepare(model: ChannelModel): Promise<void> {
    try {
      await this.settings.prepare(model);
      if (this.isClosing()) throw closedError();
    } catch (error) {
      await closeModel(model);
      throw error;
    }
  }

  private lost(model: ChannelModel, error: unknown): void {
    if (this.open !== model) return;
    this.open = null;
    void this.reconnect(error, isSilence(error) ? 'heartbeat-lost' : 'connection-lost');
  }

  private blocked(reason: string): void {
    this.settings.troubles.warn('blocked', { reason }, 'the message broker takes nothing for now');
    this.become({ kind: 'blocked', reason });
  }

  private unblocked(): void {
    this.settings.troubles.over({}, 'the message broker takes messages again');
    this.become({ kind: 'connected' });
  }

  private async reconnect(lost: unknown, first: BusTrouble): Promise<void> {
    const { troubles } = this.settings;
    let trouble = first;
    let reason = reasonOf(lost);
    for (let attempt = 1; !this.isClosing(); attempt++) {
      this.become({ kind: 'reconnecting', attempt, reason });
      troubles.warn(trouble, { attempt, reason }, 'no connection to the message broker, trying again');
      await pause(this.pauseBefore(attempt), undefined, { signal: this.closing.signal }).catch(() => undefined);
      if (this.isClosing()) return;
      try {
        await this.attempt();
        troubles.over({ attempt }, 'connected to the message broker again');
        return;
      } catch (error) {
        if (error instanceof BusAccessError) return void this.giveUp(error);
        reason = reasonOf(error);
        trouble = 'unreachable';
      }
    }
  }

  /** Half of the pause is random, so that many clients do not come back at the same moment. */
  private pauseBefore(attempt: number): number {
    const { minMs, maxMs } = this.settings.backoff;
    const full = Math.min(maxMs, minMs * 2 ** Math.min(attempt - 1, 30));
    return full / 2 + (Math.random() * full) / 2;
  }

  private giveUp(error: unknown): unknown {
    const reason = reasonOf(error);
    if (error instanceof BusAccessError) this.failure = error;
    const trouble = error instanceof BusAccessError ? 'access-refused' : 'unreachable';
    this.settings.troubles.error(trouble, { reason }, 'the message broker cannot be used');
    this.become({ kind: 'failed', reason });
    return error;
  }

  private isClosing(): boolean {
    return this.closing.signal.aborted;
  }

  private become(status: BusStatus): void {
    if (this.current.kind === 'closed') return;
    this.current = status;
    this.changes.notify();
  }
}

/** Takes leave of the broker, but not for longer than CLOSE_MS: a broken network never answers. */
async function closeModel(model: ChannelModel): Promise<void> {
  const ended = new AbortController();
  const late = pause(CLOSE_MS, undefined, { signal: ended.signal });
  await Promise.race([once(model, 'close'), model.close(), late]).catch(() => undefined);
  ended.abort();
  late.catch(() => undefined);
}
