import { join } from 'node:path';

import { SqliteCheckpointStore } from '../../../src/adapters/sqlite/checkpoint-store.js';
import { checkpointStoreConformance } from '../../conformance/checkpoint-store.js';
import { temporaryFolder } from '../../support/folder.js';

checkpointStoreConformance('SqliteCheckpointStore', {
  isDurable: true,
  create: () => {
    const folder = temporaryFolder();
    const path = join(folder.path, 'checkpoints.db');
    let store = SqliteCheckpointStore.open(path);
    return {
      store,
      reopen: () => {
        store.close();
        return (store = SqliteCheckpointStore.open(path));
      },
      cleanup: () => {
        store.close();
        folder.remove();
      },
    };
  },
});
