import { MemoryCheckpointStore } from '../../../src/adapters/memory/checkpoint-store.js';
import { checkpointStoreConformance } from '../../conformance/checkpoint-store.js';

checkpointStoreConformance('MemoryCheckpointStore', {
  isDurable: false,
  create: () => {
    const store = new MemoryCheckpointStore();
    return {
      store,
      cleanup: () => {
        store.close();
      },
    };
  },
});
