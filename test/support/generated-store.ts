import { generatedEvents } from '../../bench/generated-log.js';
import { MemoryEventStore } from '../../src/adapters/memory/event-store.js';

/** A log in memory as a distribution's would be (bench/generated-log.ts). */
export async function generatedStore(events: number, seed = 1): Promise<MemoryEventStore> {
  const store = new MemoryEventStore();
  for (const { stream, event } of generatedEvents(events, seed)) await store.append(stream, [event], 'any');
  return store;
}
