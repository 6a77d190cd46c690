import { afterAll, describe, expect } from 'vitest';

import { parseConnection } from '../../../src/adapters/eventstoredb/connection-url.js';
import { EventStoreDbEventStore } from '../../../src/adapters/eventstoredb/event-store.js';
import type { EventStore } from '../../../src/domain/ports/event-store.js';
import { eventStoreConformance, type EventStoreFactory } from '../../conformance/event-store.js';
import { nextLine, spawnScript } from '../../support/child.js';
import { ownLog } from '../../support/eventstoredb/own-log.js';

function factory(url: () => Promise<string>): EventStoreFactory {
  return {
    isDurable: true,
    create: async () => {
      const connection = parseConnection(await url());
      const open = await ownLog(() => EventStoreDbEventStore.open(connection));
      let store: EventStore = open();
      return {
        store,
        reopen: async () => {
          await store.close();
          return (store = open());
        },
        cleanup: () => store.close(),
      };
    },
  };
}

const server = process.env.DEBCI_TEST_ESDB;

if (server !== undefined) {
  eventStoreConformance(
    'EventStoreDbEventStore, on a real server,',
    factory(() => Promise.resolve(server)),
  );
}

describe('on the double', () => {
  const child = spawnScript(new URL('../../support/eventstoredb/main.ts', import.meta.url), []);
  const url = nextLine(child);
  afterAll(async () => {
    child.process.stdin.end();
    // It ends with 1 where a rule of the protocol was broken.
    expect(await child.ended).toBe(0);
  });
  eventStoreConformance(
    'EventStoreDbEventStore, on the double in a process of its own,',
    factory(() => url),
  );
});
