import { join } from 'node:path';

import { SqliteEventStore } from '../../../src/adapters/sqlite/event-store.js';
import { eventStoreConformance } from '../../conformance/event-store.js';
import { temporaryFolder } from '../../support/folder.js';

eventStoreConformance('SqliteEventStore', {
  isDurable: true,
  create: () => {
    const folder = temporaryFolder();
    const path = join(folder.path, 'log.db');
    let store = SqliteEventStore.open(path);
    return Promise.resolve({
      store,
      reopen: async () => {
        await store.close();
        return (store = SqliteEventStore.open(path));
      },
      cleanup: async () => {
        await store.close();
        folder.remove();
      },
    });
  },
});
