import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generatedEvents, type GeneratedEvent } from '../../bench/generated-log.js';
import { Random } from '../../bench/random.js';
import { SqliteEventStore } from '../../src/adapters/sqlite/event-store.js';
import { rebuild } from '../../src/projections/rebuild.js';
import { nextLine, spawnScript, type Child } from '../support/child.js';
import { dump, temporaryFolder } from '../support/read-models.js';

const PROJECT = new URL('./children/project.ts', import.meta.url);
const ROUNDS = 6;
const EVENTS_A_ROUND = 1500;

async function append(store: SqliteEventStore, events: Iterator<GeneratedEvent>, count: number): Promise<void> {
  const pending: Promise<unknown>[] = [];
  for (let n = 0; n < count; n++) {
    const next = events.next();
    if (next.done !== true) pending.push(store.append(next.value.stream, [next.value.event], 'any'));
  }
  await Promise.all(pending);
}

/** Reads on until a line satisfies the condition. */
async function until(child: Child, condition: (line: string) => boolean): Promise<void> {
  while (!condition(await nextLine(child)));
}

async function killed(child: Child): Promise<void> {
  child.process.kill('SIGKILL');
  expect(await child.ended).toBe('SIGKILL');
}

describe('a projector that is killed, again and again', () => {
  it('leaves a read model that lacks nothing and has nothing twice', async () => {
    const folder = temporaryFolder();
    const [log, path, lock] = ['log.sqlite', 'read-model.sqlite', 'rebuild.lock'].map((name) => join(folder, name));
    if (log === undefined || path === undefined || lock === undefined) throw new Error('no names');
    const store = SqliteEventStore.open(log);
    const events = generatedEvents(Infinity);
    const seed = Date.now();
    const random = new Random(seed);
    const start = (): Child => spawnScript(PROJECT, [log, path, lock]);

    // While it makes its first read model of the log …
    await append(store, events, EVENTS_A_ROUND);
    const first = start();
    await until(first, (line) => line.includes('is made anew'));
    await killed(first);
    // … and somewhere in what came in since it was last there.
    for (let round = 0; round < ROUNDS; round++) {
      await append(store, events, EVENTS_A_ROUND);
      const child = start();
      await until(child, (line) => line.startsWith('ready'));
      if (round > 0) {
        const commits = random.below(EVENTS_A_ROUND / 20 / 2);
        for (let n = 0; n <= commits; n++) await until(child, (line) => line.startsWith('committed'));
      }
      await killed(child);
    }
    const end = await store.lastPosition();
    const last = start();
    await until(last, (line) => line.endsWith(` ${end ?? ''}`));
    await killed(last);

    const fresh = join(folder, 'fresh.sqlite');
    await rebuild({ store, file: fresh });
    await store.close();
    expect(dump(path), `seed ${seed}`).toEqual(dump(fresh));
  }, 120_000);
});
