import { describe, expect, it } from 'vitest';

import { MemoryEventStore } from '../../../src/adapters/memory/event-store.js';
import { examine, type Finding } from '../../../src/application/log/examine.js';
import type { RecordedEvent } from '../../../src/domain/ports/event-store.js';
import { collect, newEvent, newEvents } from '../../support/events.js';

const { signal } = new AbortController();

async function healthy(): Promise<RecordedEvent[]> {
  const store = new MemoryEventStore();
  await store.append('test-1', newEvents(3), 'none');
  await store.append('test-2', [newEvent({ type: 'TestFinished' })], 'none');
  return collect(store.readAll());
}

async function findings(events: readonly RecordedEvent[]): Promise<Pick<Finding, 'kind' | 'stream' | 'revision'>[]> {
  const readAll = async function* (): AsyncGenerator<RecordedEvent> {
    for (const event of events) yield await Promise.resolve(event);
  };
  const { findings: found } = await examine(readAll, { signal, onProgress: () => undefined });
  return found.map(({ kind, stream, revision }) => ({ kind, stream, revision }));
}

describe('The examination of a log', () => {
  it('finds nothing in a sound one, and counts it', async () => {
    const events = await healthy();
    expect(await findings(events)).toEqual([]);
    const store = new MemoryEventStore();
    await store.append('test-1', newEvents(2), 'none');
    const { stats } = await examine(() => store.readAll(), { signal, onProgress: () => undefined });
    expect(stats).toMatchObject({ events: 2, streams: 1, types: { 'TestStarted v1': 2 } });
  });

  it('finds a gap in a stream', async () => {
    const events = await healthy();
    expect(await findings(events.toSpliced(1, 1))).toEqual([{ kind: 'gap', stream: 'test-1', revision: 2 }]);
  });

  it('finds an id that is there twice, far apart', async () => {
    const events = await healthy();
    events[3] = { ...events[3]!, id: events[0]!.id };
    expect(await findings(events)).toEqual([{ kind: 'duplicate-id', stream: 'test-2', revision: 0 }]);
  });

  it('finds positions that do not grow', async () => {
    const events = await healthy();
    events[3] = { ...events[3]!, position: events[2]!.position };
    expect(await findings(events)).toEqual([{ kind: 'order', stream: 'test-2', revision: 0 }]);
  });

  it('finds types and versions that this debci cannot read', async () => {
    const events = await healthy();
    events[0] = { ...events[0]!, schemaVersion: 99 };
    events[3] = { ...events[3]!, type: 'Unheard' };
    expect((await findings(events)).map(({ kind }) => kind)).toEqual(['unreadable', 'unreadable']);
  });
});
