import { SqliteEventStore } from '../../../src/adapters/sqlite/event-store.js';
import { EventLog, type RecordedDomainEvent } from '../../../src/application/event-log.js';

const ENDS: readonly string[] = ['TestFinished', 'TestCancelled'];

/** Follows the log from outside, while its collectors come and go. */
export class LogWatch {
  /** All events of each stream, in their order. */
  readonly streams = new Map<string, RecordedDomainEvent[]>();
  private readonly open = new Set<string>();
  private readonly waiting = new Set<() => void>();

  private constructor(
    private readonly store: SqliteEventStore,
    private readonly log: EventLog,
  ) {}

  static start(file: string): LogWatch {
    const store = SqliteEventStore.open(file, { readOnly: true });
    const watch = new LogWatch(store, new EventLog(store, { now: () => new Date() }));
    void watch.follow();
    return watch;
  }

  /** The jobs that have not ended, so far as is known. */
  get unfinished(): ReadonlySet<string> {
    return this.open;
  }

  /** Resolves when so few jobs are left, or time is up. @returns whether they are */
  async until(fewEnough: () => boolean, timeoutMs: number): Promise<boolean> {
    const deadline = Date.now() + timeoutMs;
    while (!fewEnough()) {
      const left = deadline - Date.now();
      if (left <= 0) return false;
      await this.change(left);
    }
    return true;
  }

  close(): Promise<void> {
    return this.store.close();
  }

  private async change(withinMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(wake, withinMs);
      const waiting = this.waiting;
      function wake(): void {
        clearTimeout(timer);
        waiting.delete(wake);
        resolve();
      }
      waiting.add(wake);
    });
  }

  private async follow(): Promise<void> {
    for await (const { events } of this.log.subscribe()) {
      for (const event of events) this.take(event);
      for (const wake of [...this.waiting]) wake();
    }
  }

  private take(event: RecordedDomainEvent): void {
    const { stream, type } = event;
    this.streams.set(stream, [...(this.streams.get(stream) ?? []), event]);
    if (type === 'TestEnqueued') this.open.add(stream);
    else if (ENDS.includes(type)) this.open.delete(stream);
  }
}
