import { QueueMismatchError, type DurableQueue } from '../../domain/ports/message-bus.js';
import { assertPattern, matches } from '../../domain/subjects.js';
import { type Envelope } from './envelope.js';
import { MemoryQueue } from './queue.js';

/** One who listens now. */
export interface Listener {
  readonly pattern: string;
  readonly group: string | null;
  offer(envelope: Envelope): void;
}

/** The queues and the listeners of one process. What it holds is gone with it. */
export class MemoryBroker {
  private readonly queues = new Map<string, MemoryQueue>();
  /** By group and pattern; a listener without a group is alone. The first of a list is the next in turn. */
  private readonly listeners = new Map<unknown, Listener[]>();

  /** @throws QueueMismatchError, BadSubjectError */
  queue(definition: DurableQueue): MemoryQueue {
    definition.subjects.forEach(assertPattern);
    const queue = this.queues.get(definition.name) ?? new MemoryQueue(definition);
    if (!queue.isLike(definition)) throw new QueueMismatchError(definition.name);
    queue.bind(definition.subjects);
    this.queues.set(definition.name, queue);
    return queue;
  }

  listen(listener: Listener): void {
    this.listeners.set(groupKey(listener), [...this.groupOf(listener), listener]);
  }

  unlisten(listener: Listener): void {
    const others = this.groupOf(listener).filter((other) => other !== listener);
    if (others.length > 0) this.listeners.set(groupKey(listener), others);
    else this.listeners.delete(groupKey(listener));
  }

  /** @returns whether anything receives it. */
  publish(envelope: Envelope): boolean {
    const { subject } = envelope.content;
    const queues = [...this.queues.values()].filter((queue) => queue.receives(subject));
    const groups = [...this.listeners.values()].filter(([first]) => first && matches(first.pattern, subject));
    for (const queue of queues) queue.add(envelope);
    for (const group of groups) offerInTurn(group, envelope);
    return queues.length + groups.length > 0;
  }

  private groupOf(listener: Listener): Listener[] {
    return this.listeners.get(groupKey(listener)) ?? [];
  }
}

function groupKey(listener: Listener): unknown {
  return listener.group === null ? listener : `${listener.group} ${listener.pattern}`;
}

function offerInTurn(group: Listener[], envelope: Envelope): void {
  const next = group.shift();
  if (next === undefined) return;
  group.push(next);
  next.offer(envelope);
}
