import { EventStoreDBClient, type JSONEventData } from '@eventstore/db-client';
import { parseConnection } from '../src/adapters/eventstoredb/connection-url.js';
import { EventStoreDbEventStore } from '../src/adapters/eventstoredb/event-store.js';
import type { NewEvent } from '../src/domain/ports/event-store.js';
import { nextLine, spawnScript } from '../test/support/child.js';
import { compare, rate, type Comparison } from './harness.js';

/** The share of the bare client's rates that the adapter must reach. */
const BOUND = 0.7;
const ROUNDS = 5;
const APPENDERS = 64;
const APPENDS = 64 * 40;
const CAUGHT_UP = 20_000;
const SERVER = new URL('../test/support/eventstoredb/main.ts', import.meta.url);

/**
 * The adapter's append and catch-up rates on EventStoreDB's double, which runs in a process of its own, beside the bare
 * client: the same events, appended by as many at once; read by a subscription from the start until all have come.
 * DEBCI_TEST_ESDB names a real server, with nothing in its log, to use instead.
 */
export async function benchEventStoreDb(newEvents: (count: number) => NewEvent[]): Promise<Comparison[]> {
  const child = process.env.DEBCI_TEST_ESDB === undefined ? spawnScript(SERVER, []) : null;
  try {
    const url = process.env.DEBCI_TEST_ESDB ?? (await nextLine(child!));
    const append = await compare(
      `log: append to a server, ${APPENDERS} at once, 400 bytes`,
      BOUND,
      ROUNDS,
      () => appendOurs(url, newEvents(APPENDS)),
      () => appendBare(url, newEvents(APPENDS)),
    );
    await appendOurs(url, newEvents(CAUGHT_UP));
    const catchUp = await compare(
      `log: catch up with a server, ${CAUGHT_UP.toLocaleString('en')} events`,
      BOUND,
      ROUNDS,
      () => catchUpOurs(url),
      () => catchUpBare(url),
    );
    return [append, catchUp];
  } finally {
    child?.process.stdin.end();
    await child?.ended;
  }
}

/** As many at once as there are appenders. */
async function appendAll(events: readonly NewEvent[], append: (event: NewEvent) => Promise<unknown>): Promise<number> {
  const remaining = events.values();
  const appender = async (): Promise<void> => {
    for (const event of remaining) await append(event);
  };
  return rate(events.length, () => Promise.all(Array.from({ length: APPENDERS }, appender)));
}

async function appendOurs(url: string, events: readonly NewEvent[]): Promise<number> {
  const store = EventStoreDbEventStore.open(parseConnection(url));
  const result = await appendAll(events, (event) => store.append(`test-${event.id}`, [event], 'none'));
  await store.close();
  return result;
}

function bareClient(url: string): EventStoreDBClient {
  return EventStoreDBClient.connectionString(url);
}

async function appendBare(url: string, events: readonly NewEvent[]): Promise<number> {
  const client = bareClient(url);
  const result = await appendAll(events, ({ id, type, schemaVersion, time, data, metadata }) => {
    const event: JSONEventData = {
      id,
      contentType: 'application/json',
      type,
      data: data as Record<string, unknown>,
      metadata: { schemaVersion, time, ...metadata },
    };
    return client.appendToStream(`test-${id}`, event, { expectedRevision: 'no_stream' });
  });
  await client.dispose();
  return result;
}

async function catchUpOurs(url: string): Promise<number> {
  const store = EventStoreDbEventStore.open(parseConnection(url));
  let count = 0;
  const result = await rate(CAUGHT_UP, async () => {
    for await (const { events } of store.subscribe()) {
      count += events.length;
      if (count >= CAUGHT_UP) return;
    }
  });
  await store.close();
  return (result * count) / CAUGHT_UP;
}

async function catchUpBare(url: string): Promise<number> {
  const client = bareClient(url);
  let count = 0;
  const result = await rate(CAUGHT_UP, async () => {
    for await (const { event } of client.subscribeToAll()) {
      if (event !== undefined && !event.type.startsWith('$') && ++count >= CAUGHT_UP) return;
    }
  });
  await client.dispose();
  return result;
}
