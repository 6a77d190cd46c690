import { randomUUID } from 'node:crypto';

import type { EventBatch, NewEvent, RecordedEvent } from '../../src/domain/ports/event-store.js';

/** An event to append; only what a test cares about need be given. */
export function newEvent(given: Partial<NewEvent> = {}): NewEvent {
  return {
    id: randomUUID(),
    type: 'TestStarted',
    schemaVersion: 1,
    time: '2026-01-02T03:04:05.678Z',
    data: { runId: 1, attempt: 1, worker: 'w1' },
    metadata: { actor: 'collector', causationId: 'cause', correlationId: null },
    ...given,
  };
}

/** So many events, numbered from 0 in their data's `n`. */
export function newEvents(count: number, given: Partial<NewEvent> = {}): NewEvent[] {
  return Array.from({ length: count }, (_, n) => newEvent({ data: { n }, ...given }));
}

export async function collect<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const all: Value[] = [];
  for await (const value of values) all.push(value);
  return all;
}

export function ids(events: readonly Pick<NewEvent, 'id'>[]): string[] {
  return events.map((event) => event.id);
}

/** The next batch of a subscription that has not ended. */
export async function pull<Batch>(batches: AsyncIterator<Batch>): Promise<Batch> {
  const result = await batches.next();
  if (result.done === true) throw new Error('the subscription ended');
  return result.value;
}

/** Pulls batches until one satisfies the condition; all events up to there, and that last batch. */
export async function pullUntil(
  batches: AsyncIterator<EventBatch>,
  condition: (batch: EventBatch, events: readonly RecordedEvent[]) => boolean,
): Promise<{ events: RecordedEvent[]; batch: EventBatch }> {
  const events: RecordedEvent[] = [];
  for (;;) {
    const batch = await pull(batches);
    events.push(...batch.events);
    if (condition(batch, events)) return { events, batch };
  }
}
