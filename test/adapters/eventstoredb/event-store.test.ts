import { expect } from 'vitest';

import { parseConnection } from '../../../src/adapters/eventstoredb/connection-url.js';
import { EventStoreDbEventStore } from '../../../src/adapters/eventstoredb/event-store.js';
import { eventStoreConformance } from '../../conformance/event-store.js';
import { ServerDouble } from '../../support/eventstoredb/server.js';

eventStoreConformance('EventStoreDbEventStore, on the double,', {
  isDurable: true,
  create: async () => {
    const server = await ServerDouble.start({ maxAppendSize: 4 * 1024 * 1024 });
    const open = (): EventStoreDbEventStore => EventStoreDbEventStore.open(parseConnection(server.url));
    let store = open();
    return {
      store,
      reopen: async () => {
        await store.close();
        return (store = open());
      },
      cleanup: async () => {
        await store.close();
        await server.stop();
        expect(server.brokenRules).toEqual([]);
      },
    };
  },
});
