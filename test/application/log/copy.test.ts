import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { MemoryEventStore } from '../../../src/adapters/memory/event-store.js';
import { copyLog, importLog, LogsDifferError } from '../../../src/application/log/copy.js';
import { exportLines, importLines, totalsOf } from '../../../src/application/log/lines.js';
import { InvalidInputError } from '../../../src/domain/errors.js';
import type { RecordedEvent } from '../../../src/domain/ports/event-store.js';
import { collect, newEvent, newEvents } from '../../support/events.js';

const { signal } = new AbortController();
const quiet = { signal, onProgress: () => undefined };

/** Without positions: they are a store's own. */
const content = (events: readonly RecordedEvent[]): object[] => events.map((event) => ({ ...event, position: null }));

async function* lines(text: readonly string[]): AsyncGenerator<string> {
  for (const line of text) yield await Promise.resolve(line);
}

async function filled(appends: readonly { stream: number; events: number; version: number }[]) {
  const store = new MemoryEventStore();
  for (const { stream, events, version } of appends) {
    await store.append(`test-${stream}`, newEvents(events, { schemaVersion: version }), 'any');
  }
  return store;
}

const appends = fc.array(
  fc.record({
    stream: fc.integer({ min: 1, max: 5 }),
    events: fc.integer({ min: 1, max: 150 }),
    version: fc.integer({ min: 1, max: 9 }),
  }),
  { maxLength: 40 },
);

describe('copyLog', () => {
  it('copies ids, order, revisions, times and versions of any log, and says what both hold (property)', async () => {
    await fc.assert(
      fc.asyncProperty(appends, async (given) => {
        const [from, to] = [await filled(given), new MemoryEventStore()];
        const totals = await copyLog(from, to, quiet);
        expect(content(await collect(to.readAll()))).toEqual(content(await collect(from.readAll())));
        expect(totals).toEqual(await totalsOf(from.readAll(), signal));
      }),
      { numRuns: 25 },
    );
  });

  it('goes on where it was broken off, and takes what came since', async () => {
    const from = await filled([{ stream: 1, events: 1, version: 1 }]);
    for (let n = 0; n < 3000; n++) await from.append(`test-${n % 7}`, newEvents(1), 'any');
    const to = new MemoryEventStore();
    const broken = new AbortController();
    const onProgress = (): void => {
      broken.abort(new Error('broken off'));
    };
    await expect(copyLog(from, to, { signal: broken.signal, onProgress })).rejects.toThrow('broken off');
    const half = (await collect(to.readAll())).length;
    expect(half).toBeGreaterThan(0);
    expect(half).toBeLessThan(3001);

    const written: number[] = [];
    await from.append('test-1', newEvents(2), 'any');
    await copyLog(from, to, { signal, onProgress: (events) => written.push(events) });
    expect(written.at(-1)).toBe(3003 - half);
    expect(content(await collect(to.readAll()))).toEqual(content(await collect(from.readAll())));
  });

  it('refuses a log that holds something else', async () => {
    const from = await filled([{ stream: 1, events: 3, version: 1 }]);
    const to = await filled([{ stream: 1, events: 2, version: 1 }]);
    await expect(copyLog(from, to, quiet)).rejects.toThrow(LogsDifferError);
    expect(await collect(to.readAll())).toHaveLength(2);
  });

  it('finds a difference further back', async () => {
    const [a, b, c] = newEvents(3);
    const [from, to] = [new MemoryEventStore(), new MemoryEventStore()];
    await from.append('test-1', [a!, b!, c!], 'none');
    await to.append('test-1', [a!, { ...b!, data: { worker: 'other' } }], 'none');
    await expect(copyLog(from, to, quiet)).rejects.toThrow(/the copy holds 3 events/);
  });
});

describe('A log as lines', () => {
  it('makes the same log again (property)', async () => {
    await fc.assert(
      fc.asyncProperty(appends, async (given) => {
        const [from, to] = [await filled(given), new MemoryEventStore()];
        const text = await collect(exportLines(from.readAll(), () => undefined));
        const totals = await importLog(importLines(lines(text)), to, quiet);
        expect(content(await collect(to.readAll()))).toEqual(content(await collect(from.readAll())));
        expect(JSON.parse(text.at(-1)!)).toEqual(totals);
      }),
      { numRuns: 10 },
    );
  });

  it('goes on in a log that has the beginning', async () => {
    const from = await filled([{ stream: 1, events: 10, version: 1 }]);
    const to = new MemoryEventStore();
    const events = await collect(from.readAll());
    await to.append('test-1', events.slice(0, 4), 'none');
    const text = await collect(exportLines(from.readAll(), () => undefined));
    expect(await importLog(importLines(lines(text)), to, quiet)).toMatchObject({ events: 10 });
    expect(content(await collect(to.readAll()))).toEqual(content(events));
  });

  it('is refused where it is cut off, changed, or no log at all, naming the line', async () => {
    const from = await filled([{ stream: 1, events: 3, version: 1 }]);
    const text = await collect(exportLines(from.readAll(), () => undefined));
    const refused = async (bad: readonly string[]): Promise<string> => {
      const error: unknown = await collect(importLines(lines(bad))).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(InvalidInputError);
      return (error as Error).message;
    };
    expect(await refused(text.slice(0, 3))).toContain('cut off');
    expect(await refused([])).toContain('cut off');
    expect(await refused([text[0]!, text[2]!, text[3]!])).toContain('the totals of what stands above');
    expect(await refused([text[0]!.replace('"n":0', '"n":9'), ...text.slice(1)])).toContain('the totals of');
    expect(await refused([text[0]!, 'not JSON'])).toContain('line 2');
    expect(await refused(['{"stream":1}'])).toContain('line 1');
    expect(await refused([...text, text[0]!])).toContain('line 5');
  });

  it('keeps old versions as they are', async () => {
    const from = new MemoryEventStore();
    await from.append('test-1', [newEvent({ type: 'Ancient', schemaVersion: 7 })], 'none');
    const to = new MemoryEventStore();
    await copyLog(from, to, quiet);
    expect((await collect(to.readAll()))[0]).toMatchObject({ type: 'Ancient', schemaVersion: 7 });
  });
});
